// @ts-check
import { post } from "./api.js";
import { el } from "./dom.js";
import { form } from "./form.js";
import { showPage } from "./frame.js";
import { emailField } from "./identity.js";
import { t } from "./language.js";
import { codeField, codeProof } from "./proof.js";

export function showSignIn() {
  const words = t.account;
  const content = [
    el("h1", null, words.signInTitle),
    form({
      name: "sign-in",
      fields: [
        emailField(),
        {
          name: "password",
          label: words.password,
          type: "password",
          autocomplete: "current-password",
          required: true,
          maxlength: 128,
        },
      ],
      submit: t.signIn,
      onSubmit: async (values) => {
        const answer = await post("/sessions", values);
        if (answer.ticket) showSecondStep(answer.ticket);
        else location.replace("/");
      },
    }),
    el("p", { class: "aside" }, `${words.noAccount} `, el("a", { href: "/sign-up" }, t.signUp)),
  ];
  showPage({ title: t.signIn, look: "narrow", again: showSignIn, content });
}

/**
 * The password was right; a second factor completes it.
 * @param {string} ticket
 */
function showSecondStep(ticket) {
  const content = [
    el("h1", null, t.proof.secondTitle),
    el("p", null, t.proof.byCode),
    form({
      name: "second-step",
      fields: [codeField()],
      submit: t.signIn,
      onSubmit: async ({ code }) => {
        await post("/sessions/second", { ticket, proof: codeProof(code) });
        location.replace("/");
      },
    }),
    el("p", { class: "aside" }, el("a", { href: "/sign-in" }, t.account.back)),
  ];
  showPage({ title: t.signIn, look: "narrow", again: () => showSecondStep(ticket), content });
}

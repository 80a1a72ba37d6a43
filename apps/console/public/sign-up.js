// @ts-check
import { post } from "./api.js";
import { el } from "./dom.js";
import { form } from "./form.js";
import { showPage } from "./frame.js";
import { identityFields } from "./identity.js";
import { t } from "./language.js";

export function showSignUp() {
  const words = t.account;
  const content = [
    el("h1", null, words.signUpTitle),
    form({
      name: "sign-up",
      fields: identityFields(),
      submit: words.sendCode,
      onSubmit: async ({ username, email = "", password = "" }) => {
        await post("/accounts", { username, email, password });
        showCode(email, password);
        document.querySelector("input")?.focus();
      },
    }),
    el("p", { class: "aside" }, `${words.haveAccount} `, el("a", { href: "/sign-in" }, t.signIn)),
  ];
  showPage({ title: t.signUp, look: "narrow", again: showSignUp, content });
}

/**
 * The password proves that the code comes back to whoever asked for it, so it is kept until then, in this page only.
 * @param {string} email
 * @param {string} password
 */
function showCode(email, password) {
  const words = t.account;
  const content = [
    el("h1", null, words.codeTitle),
    el("p", { class: "lead" }, words.codeIntro(email)),
    form({
      name: "code",
      fields: [
        {
          name: "code",
          label: words.code,
          autocomplete: "one-time-code",
          inputmode: "numeric",
          pattern: "[0-9]{6}",
          required: true,
          class: "code",
        },
      ],
      submit: words.confirm,
      more: [el("button", { type: "button", onclick: showSignUp }, words.back)],
      onSubmit: async ({ code }) => {
        await post("/accounts/verify", { email, password, code });
        location.replace("/");
      },
    }),
    el("p", { class: "aside" }, words.codeHelp),
  ];
  showPage({ title: words.codeTitle, look: "narrow", again: () => showCode(email, password), content });
}

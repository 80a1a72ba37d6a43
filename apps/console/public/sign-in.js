// @ts-check
import { post } from "./api.js";
import { el } from "./dom.js";
import { form } from "./form.js";
import { showPage } from "./frame.js";
import { emailField } from "./identity.js";
import { t } from "./language.js";

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
        await post("/sessions", values);
        location.replace("/");
      },
    }),
    el("p", { class: "aside" }, `${words.noAccount} `, el("a", { href: "/sign-up" }, t.signUp)),
  ];
  showPage({ title: t.signIn, look: "narrow", again: showSignIn, content });
}

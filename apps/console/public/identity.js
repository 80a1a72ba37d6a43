// @ts-check
/** @import { Field } from "./form.js" */
import { t } from "./language.js";

/** @returns {Field} */
export function emailField() {
  return {
    name: "email",
    label: t.account.email,
    type: "email",
    autocomplete: "username",
    required: true,
    maxlength: 254,
  };
}

/** Who somebody is to be, for a new account. @returns {Field[]} */
export function identityFields() {
  const { username, usernameHint, password, passwordHint } = t.account;
  const pattern = "[A-Za-z][A-Za-z0-9_\\-]{2,31}";
  return [
    {
      name: "username",
      label: username,
      hint: usernameHint,
      autocomplete: "nickname",
      required: true,
      pattern,
      title: usernameHint,
    },
    emailField(),
    {
      name: "password",
      label: password,
      hint: passwordHint,
      type: "password",
      autocomplete: "new-password",
      required: true,
      minlength: 10,
      maxlength: 128,
    },
  ];
}

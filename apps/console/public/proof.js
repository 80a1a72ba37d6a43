// @ts-check
/** @import { ApiError } from "./api.js" */
import { post } from "./api.js";
import { openDialog } from "./dialog.js";
import { el } from "./dom.js";
import { form } from "./form.js";
import { t } from "./language.js";

/** A code of an authenticator app or a recovery code: they look different. */
export function codeField() {
  return { name: "code", label: t.proof.code, autocomplete: "one-time-code", required: true, maxlength: 64 };
}

/** @param {string} [typed] */
export function codeProof(typed = "") {
  const code = typed.replaceAll(" ", "");
  return /^\d{6}$/.test(code) ? { way: "totp", code } : { way: "recovery", code };
}

/**
 * Asks who is there to prove it once more. Ends when they have, and fails with what was refused when they would not.
 * @param {ApiError} refused
 * @returns {Promise<void>}
 */
export function askForProof(refused) {
  const ways = /** @type {string[]} */ (refused.problem.ways ?? []);
  if (ways.length === 0) return Promise.reject(refused);
  const byPassword = ways.includes("password");
  const password = { name: "password", label: t.account.password, type: "password", autocomplete: "current-password" };
  return new Promise((resolve, reject) => {
    const dialog = openDialog({
      title: t.proof.title,
      content: (close) => [
        el("p", null, byPassword ? t.proof.byPassword : t.proof.byCode),
        form({
          name: "step-up",
          fields: [byPassword ? { ...password, required: true, maxlength: 128 } : codeField()],
          submit: t.proof.go,
          onSubmit: async ({ password, code }) => {
            await post("/me/step-up", { proof: byPassword ? { way: "password", password } : codeProof(code) });
            resolve();
            close();
          },
        }),
      ],
    });
    // Settled already when the proof was good.
    dialog.addEventListener("close", () => reject(refused));
  });
}

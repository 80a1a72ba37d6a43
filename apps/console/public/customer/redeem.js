// @ts-check
/** @import { Redeemed } from "../../types.ts" */
import { ApiError, post } from "../api.js";
import { el } from "../dom.js";
import { form } from "../form.js";
import { t } from "../language.js";
import { readSerial } from "../serial.js";
import { icon } from "../states.js";

/** The plan of the serial that was redeemed last, to say so. @type {string | undefined} */
let redeemed;

/**
 * @param {object} options
 * @param {boolean} options.isFirst there is nothing else on the page
 * @param {() => Promise<void>} options.onRedeemed
 */
export function redeemPanel({ isFirst, onRedeemed }) {
  const words = t.redeem;
  return el(
    "section",
    { class: "panel redeem", key: "redeem", "aria-labelledby": "redeem-title" },
    el("div", { class: "panel-head" }, el("h2", { id: "redeem-title" }, isFirst ? t.customer.empty : words.title)),
    isFirst && el("p", { class: "lead", key: "lead" }, t.customer.emptyDo),
    redeemed !== undefined &&
      el("p", { class: "headline good", role: "status", key: "done" }, icon("good"), words.done(redeemed)),
    form({
      name: "redeem",
      inline: true,
      look: isFirst ? "primary" : "",
      fields: [
        {
          name: "code",
          label: words.serial,
          hint: words.hint,
          required: true,
          maxlength: 64,
          class: "code serial",
          autocapitalize: "characters",
          spellcheck: "false",
          onchange: tidy,
        },
      ],
      submit: words.submit,
      onSubmit: async ({ code = "" }, shown) => {
        const serial = readSerial(code);
        if (!serial) throw new ApiError({ code: "serials.slip", detail: words.slip });
        /** @type {Redeemed} */
        const { lease } = await post("/redemptions", { code: serial });
        redeemed = lease.planName;
        shown.reset();
        await onRedeemed();
      },
    }),
  );
}

/** @param {Event} event */
function tidy(event) {
  const input = /** @type {HTMLInputElement} */ (event.currentTarget);
  input.value = readSerial(input.value) ?? input.value;
}

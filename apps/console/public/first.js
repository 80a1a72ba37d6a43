// @ts-check
import { post } from "./api.js";
import { el } from "./dom.js";
import { form } from "./form.js";
import { showPage } from "./frame.js";
import { identityFields } from "./identity.js";
import { t } from "./language.js";

/** As the page was opened: links within it change what stands behind the `#`. */
const link = location.hash.slice(1);

/** Makes the first super admin with the secret of the link, which stays behind the `#` and so out of every log. */
export function showFirst() {
  const words = t.account;
  const content = link
    ? [
        el("h1", null, words.firstTitle),
        el("p", { class: "lead" }, words.firstIntro),
        form({
          name: "first",
          fields: identityFields(),
          submit: words.firstMake,
          onSubmit: async (values) => {
            await post("/accounts/first", { ...values, link });
            location.replace("/");
          },
        }),
      ]
    : [
        el("h1", null, words.firstNoLink),
        el("p", { class: "lead" }, words.firstNoLinkDo),
        el("a", { href: "/sign-in" }, t.signIn),
      ];
  showPage({ title: words.firstTitle, look: "narrow", again: showFirst, content });
}

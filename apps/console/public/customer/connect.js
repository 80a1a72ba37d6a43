// @ts-check
/** @import { Configuration, Lease } from "../../types.ts" */
/** @import { Berth } from "./page.js" */
import { post } from "../api.js";
import { copyButton } from "../copy.js";
import { confirmDialog } from "../dialog.js";
import { el } from "../dom.js";
import { t } from "../language.js";
import { skeleton } from "../panel.js";
import { isAway, problemBox } from "../problem.js";

/**
 * The configuration's address and what to do with it.
 * @param {Lease} lease
 * @param {Berth} berth
 */
export function connectPart(lease, berth) {
  const { data, problem } = berth.parts.configuration;
  const isShown = problem && !(isAway(problem) && data);
  return el(
    "section",
    { class: "part", key: "connect" },
    el("h3", null, t.connect.title),
    isShown && problemBox(problem),
    data ? el("div", { key: "ways" }, ...ways(data, lease, berth)) : !problem && skeleton(),
  );
}

/**
 * @param {Configuration} configuration
 * @param {Lease} lease
 * @param {Berth} berth
 */
function ways({ url }, lease, berth) {
  const words = t.connect;
  const forms = [
    { name: words.derpmap, how: words.derpmapHow, address: url },
    { name: words.policy, how: words.policyHow, address: `${url}?form=policy` },
    { name: words.headscale, how: words.headscaleHow, address: `${url}?form=headscale` },
  ];
  const id = `address-${lease.id}`;
  return [
    el("label", { for: id, class: "label" }, words.address),
    el(
      "div",
      { class: "address" },
      el("input", { id, readonly: true, class: "code", value: url }),
      copyButton(t.copy, () => url, { class: "primary" }),
    ),
    el("p", { class: "hint" }, words.secret),
    el(
      "ul",
      { class: "rows ways" },
      ...forms.map(({ name, how, address }) =>
        el(
          "li",
          { key: name },
          el("div", { class: "name" }, el("strong", null, name), el("p", { class: "hint" }, how)),
          el(
            "div",
            { class: "actions" },
            copyButton(words.copyAddress, () => address),
            el("a", { class: "button", href: address, target: "_blank", rel: "noopener" }, words.open),
          ),
        ),
      ),
    ),
    el("button", { type: "button", class: "quiet", onclick: () => askToRotate(lease, berth) }, words.rotate),
  ];
}

/**
 * @param {Lease} lease
 * @param {Berth} berth
 */
function askToRotate({ id }, { parts, reload }) {
  confirmDialog({
    title: t.connect.rotateTitle,
    what: t.connect.rotateWhat,
    action: t.connect.rotate,
    onConfirm: async () => {
      await post(`/derp/leases/${id}/configuration/rotate`);
      await reload(parts.configuration);
    },
  });
}

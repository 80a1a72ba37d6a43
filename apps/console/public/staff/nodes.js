// @ts-check
/** @import { JoinToken, Node } from "../../types.ts" */
/** @import { Desk } from "./page.js" */
import { post } from "../api.js";
import { copyButton } from "../copy.js";
import { openDialog } from "../dialog.js";
import { el } from "../dom.js";
import { form } from "../form.js";
import { ago, moment } from "../format.js";
import { t } from "../language.js";
import { newestOnly, panel } from "../panel.js";
import { icon, nodeChip } from "../states.js";
import { table } from "../table.js";

/**
 * @param {Desk} desk
 * @param {boolean} isNext
 */
export function nodesPanel({ sources: { nodes } }, isNext) {
  return panel({
    id: "nodes",
    title: t.nodes.title,
    source: nodes,
    action: el("button", { type: "button", class: isNext && "primary", onclick: () => askForNode() }, t.nodes.add),
    empty: ({ items }) => items.length === 0 && t.nodes.empty,
    body: (page) => [nodeTable(page.items), newestOnly(page)],
  });
}

/** @param {readonly Node[]} rows */
function nodeTable(rows) {
  const words = t.nodes;
  return table({
    label: words.title,
    rows,
    key: ({ id }) => id,
    columns: [
      { label: words.name, cell: ({ name }) => name },
      { label: words.state, cell: ({ state }) => nodeChip(state) },
      { label: words.region, cell: ({ region }) => region || "–" },
      {
        label: words.instances,
        figure: true,
        cell: ({ instances, instancesMost }) => `${instances} / ${instancesMost}`,
      },
      { label: words.lastSeen, cell: ({ lastSeenAt }) => (lastSeenAt ? ago(lastSeenAt) : words.never) },
      { label: words.version, cell: ({ version }) => version ?? "–" },
    ],
  });
}

function askForNode() {
  const words = t.nodes;
  openDialog({
    title: words.add,
    look: "drawer",
    content: (close) => [
      el("p", null, words.addIntro),
      form({
        name: "join-token",
        fields: [
          { name: "name", label: words.name, hint: words.nameHint, maxlength: 100 },
          { name: "region", label: words.region, hint: words.regionHint, maxlength: 32 },
        ],
        submit: words.makeToken,
        onSubmit: async ({ name, region }) => {
          const made = await post("/join-tokens", {
            name: name?.trim() || undefined,
            region: region?.trim() || undefined,
          });
          close();
          showToken(made);
        },
      }),
    ],
  });
}

/** @param {JoinToken} made */
function showToken({ command, expiresAt }) {
  const words = t.nodes;
  const isLocal = /https:\/\/(localhost|127\.|\[::1\])/.test(command);
  openDialog({
    title: words.tokenTitle,
    look: "drawer",
    stored: words.stored,
    content: () => [
      el("p", null, words.tokenIntro),
      el("pre", { class: "secret", tabindex: "0" }, command),
      el(
        "div",
        { class: "actions" },
        copyButton(t.copy, () => command, { class: "primary" }),
      ),
      el("p", null, `${words.tokenUntil} `, moment(expiresAt)),
      isLocal && el("p", { class: "note" }, icon("care"), el("span", null, words.tokenLocal)),
    ],
  });
}

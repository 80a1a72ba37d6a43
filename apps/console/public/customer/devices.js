// @ts-check
/** @import { Device, Lease } from "../../types.ts" */
/** @import { Berth } from "./page.js" */
import { post, remove } from "../api.js";
import { confirmDialog } from "../dialog.js";
import { el } from "../dom.js";
import { form } from "../form.js";
import { moment, traffic } from "../format.js";
import { t } from "../language.js";
import { skeleton } from "../panel.js";
import { isAway, problemBox } from "../problem.js";
import { table } from "../table.js";

/**
 * @param {Lease} lease
 * @param {Berth} berth
 */
export function devicesPart(lease, berth) {
  const { data, problem } = berth.parts.devices;
  const isShown = problem && !(isAway(problem) && data);
  return el(
    "section",
    { class: "part", key: "devices" },
    el("h3", null, t.devices.title),
    isShown && problemBox(problem),
    data ? list(data.items, lease, berth) : !problem && skeleton(),
    addForm(lease, berth),
  );
}

/**
 * @param {readonly Device[]} items
 * @param {Lease} lease
 * @param {Berth} berth
 */
function list(items, lease, berth) {
  const words = t.devices;
  if (items.length === 0)
    return el("p", { class: "empty", key: "empty" }, el("strong", null, words.empty), " · ", words.emptyDo);
  return el(
    "div",
    { key: "list" },
    table({
      label: words.title,
      rows: items,
      key: ({ id }) => id,
      columns: [
        { label: words.name, cell: ({ name }) => name },
        { label: words.key, cell: ({ key }) => el("code", { title: key }, shortKey(key)) },
        { label: words.used, figure: true, cell: ({ usedBytes }) => traffic(usedBytes) },
        { label: words.since, cell: ({ createdAt }) => moment(createdAt) },
        { label: "", figure: true, cell: (device) => removeButton(device, lease, berth) },
      ],
    }),
  );
}

/** @param {string} key */
export function shortKey(key) {
  return `${key.slice(0, "nodekey:".length + 8)}…`;
}

/**
 * @param {Device} device
 * @param {Lease} lease
 * @param {Berth} berth
 */
function removeButton({ id, name }, lease, { parts, reload }) {
  const onclick = () =>
    confirmDialog({
      title: t.devices.removeTitle(name),
      what: t.devices.removeWhat,
      action: t.devices.removeDo,
      onConfirm: async () => {
        await remove(`/leases/${lease.id}/devices/${id}`);
        await reload(parts.devices, parts.knocks);
      },
    });
  return el(
    "button",
    { type: "button", class: "small", "aria-label": t.devices.removeOf(name), onclick },
    t.devices.remove,
  );
}

/**
 * @param {Lease} lease
 * @param {Berth} berth
 */
function addForm(lease, { parts, reload }) {
  const words = t.devices;
  return form({
    name: `device-${lease.id}`,
    inline: true,
    look: "",
    fields: [
      { name: "name", label: words.name, required: true, maxlength: 100 },
      {
        name: "key",
        label: words.key,
        hint: words.keyHint,
        required: true,
        maxlength: 200,
        class: "code",
        spellcheck: "false",
      },
    ],
    submit: words.add,
    onSubmit: async ({ name, key = "" }, shown) => {
      await post(`/leases/${lease.id}/devices`, { name, key: key.trim() });
      shown.reset();
      await reload(parts.devices, parts.knocks);
    },
  });
}

import type { settings as api, ReplyOf } from "@berth/api";
import { Refusal } from "@berth/kit";
import { record } from "../audit/index.ts";
import { type Context, transaction } from "../platform/context.ts";
import { notify } from "../platform/notify.ts";
import { parseStored } from "./read.ts";
import { sealSecret } from "./secret.ts";
import { type Setting, schemaOf } from "./setting.ts";
import { deleteSetting, findSetting, findSettings, lockSetting, saveSetting } from "./store.ts";

type View = ReplyOf<typeof api.changeSetting>;
type Settings = readonly Setting[];

/** Replicas that keep values in memory look again when they hear of this. */
export const settingsChannel = "settings_changed";

export async function listSettings(ctx: Context, declared: Settings): Promise<{ items: View[] }> {
  const rows = await findSettings(
    ctx,
    declared.map(({ name }) => name),
  );
  const items = declared.map((one) => {
    return view(
      ctx,
      one,
      rows.find(({ name }) => name === one.name),
    );
  });
  return { items };
}

/** Sets something, for all replicas from the commit on. The audit gets both values, of a secret neither. */
export async function changeSetting(ctx: Context, declared: Settings, name: string, value: unknown): Promise<View> {
  const one = find(declared, name);
  const parsed = one.schema.safeParse(value);
  if (!parsed.success) {
    const issues = parsed.error.issues.map(({ path, message }) => ({ at: `/${path.join("/")}`, message }));
    const text = issues.map(({ at, message }) => (at === "/" ? message : `${at}: ${message}`)).join("; ");
    throw new Refusal("invalid", "settings.invalid", `${name} can't be that: ${text}`, { issues });
  }
  const json = JSON.stringify(parsed.data);
  return replace(ctx, one, async (ctx) => {
    await saveSetting(ctx, one.isSecret ? { name, sealed: sealSecret(ctx, name, json) } : { name, value: json });
  });
}

/** Goes back to the default. Safe to repeat. */
export async function resetSetting(ctx: Context, declared: Settings, name: string): Promise<View> {
  return replace(ctx, find(declared, name), (ctx) => deleteSetting(ctx, name));
}

async function replace(ctx: Context, one: Setting, write: (ctx: Context) => Promise<unknown>): Promise<View> {
  return transaction(ctx, async (ctx) => {
    await lockSetting(ctx, one.name);
    const before = view(ctx, one, await findSetting(ctx, one.name));
    await write(ctx);
    const after = view(ctx, one, await findSetting(ctx, one.name));
    const data = { name: one.name, isSet: after.isSet };
    const values = { before: JSON.stringify(before.value), after: JSON.stringify(after.value) };
    await record(ctx, { name: "settings.changed", data: one.isSecret ? data : { ...data, ...values } });
    await notify(ctx, settingsChannel, one.name);
    return after;
  });
}

function find(declared: Settings, name: string): Setting {
  const found = declared.find((one) => one.name === name);
  if (!found) throw new Refusal("not_found", "settings.no_such_setting", `there is no setting ${name}`);
  return found;
}

function view(ctx: Context, one: Setting, row: Awaited<ReturnType<typeof findSetting>>): View {
  const value = row ? parseStored(ctx, one, row) : one.default;
  return {
    name: one.name,
    description: one.description,
    schema: schemaOf(one),
    default: one.isSecret ? null : one.default,
    value: one.isSecret ? null : value,
    isSecret: one.isSecret === true,
    isSet: row !== undefined,
    changedAt: row?.changed_at.toISOString() ?? null,
  };
}

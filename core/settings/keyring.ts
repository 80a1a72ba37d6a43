import type { keyring as api, ReplyOf } from "@berth/api";
import { record } from "../audit/index.ts";
import { type Context, transaction } from "../platform/context.ts";
import { resealProgress, type SealedColumn } from "../platform/keys-reseal.ts";
import type { Keyring } from "../platform/keys-ring.ts";
import * as rotate from "../platform/keys-rotate.ts";

/** What the keyring's use cases work on. */
export interface KeyringParts {
  readonly masters: Keyring["masters"];
  readonly columns: readonly SealedColumn[];
}

type View = ReplyOf<typeof api.showKeyring>;

/** What keys there are and how far their replacement is; never the keys. */
export async function showKeyring(ctx: Context, { columns }: KeyringParts): Promise<View> {
  const fields: View["fields"] = [];
  for (const column of columns) {
    fields.push({ field: `${column.table}|${column.column}`, ...(await resealProgress(ctx, column)) });
  }
  const keys = await rotate.describeKeys(ctx);
  return {
    keys: keys.map(({ id, field, use, state, createdAt }) => {
      return { id, field, use, state, createdAt: createdAt.toISOString() };
    }),
    fields,
    masters: await rotate.openingMasters(ctx),
  };
}

/** Replaces the keys of all fields; the sweep brings their values along. */
export async function rotateKeys(ctx: Context, parts: KeyringParts): Promise<View> {
  await transaction(ctx, async (ctx) => {
    await record(ctx, { name: "keyring.rotated", data: { keys: await rotate.rotateDataKeys(ctx, parts.masters) } });
  });
  return showKeyring(ctx, parts);
}

/** Destroys a retired key, and with it what only backups still hold under it. */
export async function dropKey(ctx: Context, parts: KeyringParts, keyId: string): Promise<View> {
  await transaction(ctx, async (ctx) => {
    await rotate.dropKey(ctx, keyId);
    await record(ctx, { name: "keyring.key_dropped", data: { keyId } });
  });
  return showKeyring(ctx, parts);
}

/** Replaces the master key. Noted before as well: it changes a file, which no transaction takes back. */
export async function rotateMasterKey(ctx: Context, parts: KeyringParts): Promise<View> {
  await record(ctx, { name: "keyring.master_rotation_begun" });
  const fingerprint = await rotate.rotateMaster(ctx, parts.masters);
  await record(ctx, { name: "keyring.master_rotated", data: { fingerprint } });
  return showKeyring(ctx, parts);
}

/** Lets only the new master key open. */
export async function forgetMasterKey(ctx: Context, parts: KeyringParts): Promise<View> {
  await record(ctx, { name: "keyring.master_rotation_finished" });
  await rotate.forgetMasters(ctx, parts.masters);
  return showKeyring(ctx, parts);
}

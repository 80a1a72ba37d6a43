import type { Context } from "../platform/context.ts";
import { deleteSetting, findSetting, insertSetting } from "./store.ts";

const place = (name: string) => `settings|sealed|${name}`;

export function sealSecret(ctx: Context, name: string, secret: string | Uint8Array): Buffer {
  return ctx.keys.seal(place(name), secret);
}

export function openSecret(ctx: Context, name: string, sealed: Uint8Array): Buffer {
  return ctx.keys.open(place(name), sealed);
}

/** A sealed value of the installation, or nothing. */
export async function findSecret(ctx: Context, name: string): Promise<Buffer | undefined> {
  const row = await findSetting(ctx, name);
  return row?.sealed ? openSecret(ctx, name, row.sealed) : undefined;
}

/** The secret of this name: the one that is kept, or else what `make` makes, whoever is first. */
export async function ensureSecret(ctx: Context, name: string, make: () => Uint8Array): Promise<Buffer> {
  const known = await findSecret(ctx, name);
  if (known) return known;
  await insertSetting(ctx, name, sealSecret(ctx, name, make()));
  return (await findSecret(ctx, name)) as Buffer;
}

export async function forgetSecret(ctx: Context, name: string): Promise<void> {
  await deleteSetting(ctx, name);
}

/** The secret, which is forgotten in the caller's transaction: one caller gets it, however many ask. */
export async function takeSecret(ctx: Context, name: string): Promise<Buffer | undefined> {
  const row = await deleteSetting(ctx, name);
  return row?.sealed ? openSecret(ctx, name, row.sealed) : undefined;
}

import type { Permission } from "@berth/api";
import { Refusal } from "@berth/kit";
import { permissionsOf } from "../accounts/index.ts";
import type { Context } from "../platform/context.ts";

/** How fresh the time of a key's last use is kept. */
export const usedMs = 60_000;

/** `berth_`, the key's id without its prefix, and 160 random bits: found by the first, proven by the second. */
export function writeKey(keyId: string, secret: string): string {
  return `berth_${keyId.replace(/^key_/, "")}_${secret}`;
}

export function readKey(text: string): { keyId: string; secret: string } | undefined {
  const [, id, secret] = /^berth_([0-9a-z]{26})_([0-9a-z]{32})$/.exec(text) ?? [];
  return id && secret ? { keyId: `key_${id}`, secret } : undefined;
}

/** What the table holds of a secret. */
export function hashSecret(ctx: Context, keyId: string, secret: string): Buffer {
  return ctx.keys.hash("access.api_key", `${keyId} ${secret}`);
}

/** What both the key's scopes and its owner's role allow, now. */
export function keyPermissions(
  scopes: readonly string[],
  owner: Parameters<typeof permissionsOf>[0],
): ReadonlySet<Permission> {
  return new Set([...permissionsOf(owner)].filter((permission) => scopes.includes(permission)));
}

/** The same words for a key that never was, is revoked, has run out, or whose owner may not act. */
export function keyRefused(): Refusal {
  return new Refusal("unauthenticated", "access.key_refused", "this API key is not good, or no longer");
}

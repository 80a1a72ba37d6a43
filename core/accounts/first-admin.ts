import type { Context } from "../platform/context.ts";

export interface FirstAdmin {
  readonly email?: string;
  readonly password?: string;
  readonly publicUrl: string;
}

/** Sees to it that somebody can become super admin; returns the link for it, or nothing when nobody needs one. */
export async function ensureFirstAdmin(_ctx: Context, _first: FirstAdmin): Promise<string | undefined> {
  return undefined;
}

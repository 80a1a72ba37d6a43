import type { Context } from "../platform/context.ts";
import { isPasswordOf } from "./password.ts";
import { findCredential } from "./store.ts";

export interface Proof {
  /** The account of the address, whatever the password. */
  readonly accountId?: string;
  /** The hash that the password belongs to; absent when the password is wrong. */
  readonly passwordHash?: string;
}

/** Tries a password. The work is the same for an unknown address. Not inside a transaction: it may wait its turn. */
export async function provePassword(ctx: Context, email: string, password: string): Promise<Proof> {
  const credential = await findCredential(ctx, email);
  const stored = credential?.password ?? undefined;
  const isRight = await isPasswordOf(stored, password);
  return { accountId: credential?.account_id, passwordHash: isRight ? stored : undefined };
}

import type { Context } from "../platform/context.ts";
import { ensureSecret, findSecret } from "./secret.ts";

const name = "settings.master_key_check";

/**
 * Refuses another master key than the one a database was made with, before its keyring is: nothing sealed in it could be
 * opened. Once there is a keyring, only what it is wrapped with opens it.
 */
export async function checkFirstMasterKey(ctx: Context): Promise<void> {
  await opens(() => findSecret(ctx, name));
}

/** Refuses a start when what was sealed does not open. */
export async function checkMasterKey(ctx: Context): Promise<void> {
  await opens(() => ensureSecret(ctx, name, () => Buffer.from(ctx.keys.fingerprint)));
}

async function opens(read: () => Promise<unknown>): Promise<void> {
  try {
    await read();
  } catch (cause) {
    throw new Error(
      "the master key does not match this database: restore data/keys/master or BERTH_MASTER_KEY from where you keep it",
      { cause },
    );
  }
}

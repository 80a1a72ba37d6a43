import type { Context } from "../platform/context.ts";
import { ensureSecret } from "./secret.ts";

const name = "settings.master_key_check";

/** Refuses a start with another master key than the database was made with: nothing sealed in it could be opened. */
export async function checkMasterKey(ctx: Context): Promise<void> {
  try {
    await ensureSecret(ctx, name, () => Buffer.from(ctx.keys.fingerprint));
  } catch (cause) {
    throw new Error(
      "the master key does not match this database: restore data/keys/master or BERTH_MASTER_KEY from where you keep it",
      { cause },
    );
  }
}

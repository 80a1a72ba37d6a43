import { join } from "node:path";
import { sealClearAccounts } from "@berth/core/accounts";
import { sealClearMails } from "@berth/core/notices";
import type { Context } from "@berth/core/platform/context";
import { mastersIn } from "@berth/core/platform/keys-master";
import { fieldsOf, type SealedColumn } from "@berth/core/platform/keys-reseal";
import { type Keyring, openKeyring } from "@berth/core/platform/keys-ring";
import { checkFirstMasterKey, checkMasterKey } from "@berth/core/settings";
import { secondMs } from "@berth/kit";
import type { Config } from "./config.ts";

/** Every column that holds sealed values: each has a key of its own, and is sealed anew when that is replaced. */
export const sealedColumns: readonly SealedColumn[] = [
  { table: "settings", column: "sealed", key: "name" },
  { table: "event_keys", column: "private_key", key: "public_key" },
  { table: "event_personal_keys", column: "key", key: "subject" },
  { table: "token_keys", column: "private_key", key: "id" },
  { table: "totp_secrets", column: "secret", key: "account_id" },
  { table: "accounts", column: "email", key: "id" },
  { table: "sessions", column: "client", key: "id" },
  { table: "sign_ins", column: "client", key: "id" },
  { table: "mails", column: "content", key: "id" },
  { table: "certificate_authorities", column: "private_key", key: "id" },
  { table: "certificates", column: "private_key", key: "id" },
  { table: "acme_accounts", column: "private_key", key: "id" },
  { table: "nodes", column: "cloud_account", key: "id" },
  { table: "instances", column: "secrets", key: "id" },
  { table: "former_endpoints", column: "secrets", key: "id" },
  { table: "derp_configurations", column: "token", key: "lease_id" },
  { table: "configuration_log", column: "client", key: "id" },
  { table: "derp_policies", column: "text", key: "lease_id" },
  { table: "derp_key_sources", column: "secret", key: "lease_id" },
];

/** The keyring of this installation, made at its first start. */
export async function openKeys(config: Config, world: Omit<Context, "keys">): Promise<Keyring> {
  return openKeyring(world.db, {
    masters: mastersIn(join(config.BERTH_DATA, "keys"), {
      present: config.BERTH_MASTER_KEY,
      next: config.BERTH_MASTER_KEY_NEXT,
    }),
    now: world.now,
    fields: fieldsOf(sealedColumns),
    check: (keys) => checkFirstMasterKey({ ...world, keys }),
  });
}

/** Refuses a master key that is not this installation's, and seals what was written before its column was sealed. */
export async function readyKeys(ctx: Context): Promise<void> {
  await checkMasterKey(ctx);
  await sealClearMails(ctx);
  await sealClearAccounts(ctx);
}

/** Looks for changes of the keyring when told, and every 5 s in case nobody could tell. */
export function followKeys({ log }: Pick<Context, "log">, keyring: Keyring): { look: () => void; close(): void } {
  const look = () =>
    void keyring.reload().catch((error: Error) => {
      // What was opened stays in use: a key that is missing here fails the values that need it, not the process.
      log.warn({ error: error.message }, "keyring not reloaded");
    });
  const timer = setInterval(look, 5 * secondMs);
  return { look, close: () => clearInterval(timer) };
}

import { newId } from "@berth/kit";
import type { Context } from "../platform/context.ts";
import type { Row } from "../platform/rows.ts";

export type PasskeyRow = Row<"passkeys">;

export interface NewPasskey {
  readonly accountId: string;
  readonly credentialId: string;
  readonly publicKey: Buffer;
  readonly counter: bigint;
  readonly transports: string[];
  readonly name: string;
}

/** Nothing when somebody registered this very passkey already. */
export async function insertPasskey(ctx: Context, passkey: NewPasskey): Promise<PasskeyRow | undefined> {
  const created_at = ctx.now();
  return ctx.db
    .insertInto("passkeys")
    .values({
      id: newId("passkey", created_at),
      account_id: passkey.accountId,
      credential_id: passkey.credentialId,
      public_key: passkey.publicKey,
      counter: passkey.counter,
      transports: passkey.transports,
      name: passkey.name,
      created_at,
    })
    .onConflict((conflict) => conflict.constraint("credential_once").doNothing())
    .returningAll()
    .executeTakeFirst();
}

export async function findPasskeys(ctx: Context, accountId: string): Promise<PasskeyRow[]> {
  const query = ctx.db.selectFrom("passkeys").selectAll().where("account_id", "=", accountId);
  return query.orderBy("created_at").orderBy("id").execute();
}

export async function findPasskey(ctx: Context, credentialId: string): Promise<PasskeyRow | undefined> {
  return ctx.db.selectFrom("passkeys").selectAll().where("credential_id", "=", credentialId).executeTakeFirst();
}

/**
 * Notes a use. False when the counter did not grow, which tells of a copy; passkeys that are synchronised do not count and
 * stay at zero.
 */
export async function advanceCounter(ctx: Context, passkeyId: string, counter: bigint): Promise<boolean> {
  const { numUpdatedRows } = await ctx.db
    .updateTable("passkeys")
    .set({ counter, used_at: ctx.now() })
    .where("id", "=", passkeyId)
    .where((eb) => (counter === 0n ? eb("counter", "=", 0n) : eb("counter", "<", counter)))
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}

export async function saveName(
  ctx: Context,
  { accountId, passkeyId, name }: { accountId: string; passkeyId: string; name: string },
): Promise<PasskeyRow | undefined> {
  return ctx.db
    .updateTable("passkeys")
    .set({ name })
    .where("id", "=", passkeyId)
    .where("account_id", "=", accountId)
    .returningAll()
    .executeTakeFirst();
}

export async function deletePasskey(ctx: Context, accountId: string, passkeyId: string): Promise<boolean> {
  const { numDeletedRows } = await ctx.db
    .deleteFrom("passkeys")
    .where("id", "=", passkeyId)
    .where("account_id", "=", accountId)
    .executeTakeFirstOrThrow();
  return numDeletedRows === 1n;
}

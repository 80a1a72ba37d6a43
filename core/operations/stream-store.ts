import type { Context } from "../platform/context.ts";
import type { Row } from "../platform/rows.ts";

export type StreamRow = Row<"streams">;

type NewStream = Pick<
  StreamRow,
  "id" | "ticket_hash" | "kind" | "input" | "node_id" | "account_id" | "session_id" | "created_at" | "expires_at"
>;

export async function insertStream(ctx: Context, { input, ...stream }: NewStream): Promise<void> {
  await ctx.db
    .insertInto("streams")
    .values({ ...stream, input: JSON.stringify(input) })
    .execute();
}

/** Uses a ticket up, in one statement; nothing when it was used, has expired, or is somebody else's. */
export async function claimStream(ctx: Context, ticketHash: Buffer, accountId: string): Promise<StreamRow | undefined> {
  return ctx.db
    .updateTable("streams")
    .set({ used_at: ctx.now() })
    .where("ticket_hash", "=", ticketHash)
    .where("account_id", "=", accountId)
    .where("used_at", "is", null)
    .where("expires_at", ">", ctx.now())
    .returningAll()
    .executeTakeFirst();
}

export async function deleteStreamsBefore(ctx: Context, before: Date): Promise<void> {
  await ctx.db.deleteFrom("streams").where("expires_at", "<", before).execute();
}

import { Refusal } from "@berth/kit";
import { sql } from "kysely";
import type { Context } from "../platform/context.ts";
import type { BatchRow, Counts, SerialRow } from "./batch.ts";

export async function insertBatch(ctx: Context, batch: BatchRow): Promise<void> {
  await ctx.db.insertInto("serial_batches").values(batch).execute();
}

export async function insertSerials(ctx: Context, rows: readonly SerialRow[]): Promise<void> {
  for (let from = 0; from < rows.length; from += 1_000) {
    await ctx.db
      .insertInto("serials")
      .values(rows.slice(from, from + 1_000))
      .execute();
  }
}

export const batchesWithCounts = (ctx: Context) =>
  ctx.db
    .selectFrom("serial_batches as b")
    .innerJoinLateral(
      (db) =>
        db
          .selectFrom("serials as s")
          .whereRef("s.batch_id", "=", "b.id")
          .select([countOf("unused").as("unused"), countOf("used").as("used"), countOf("revoked").as("revoked")])
          .as("counts"),
      (join) => join.onTrue(),
    )
    .selectAll();

const countOf = (state: SerialRow["state"]) => sql<bigint>`count(*) filter (where s.state = ${state})`;

export async function getBatch(ctx: Context, batchId: string): Promise<BatchRow & Counts> {
  const row = await batchesWithCounts(ctx).where("b.id", "=", batchId).executeTakeFirst();
  if (!row) throw new Refusal("not_found", "serials.no_such_batch", `no batch ${batchId}`);
  return row;
}

/** True when it was pending. */
export async function markPaid(ctx: Context, batchId: string): Promise<boolean> {
  const { numUpdatedRows } = await ctx.db
    .updateTable("serial_batches")
    .set({ payment: "paid" })
    .where("id", "=", batchId)
    .where("payment", "=", "pending")
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}

/** Revokes what is unused; returns how many that were. */
export async function markRevoked(ctx: Context, where: { batchId: string } | { serialId: string }): Promise<number> {
  const update = ctx.db.updateTable("serials").set({ state: "revoked" }).where("state", "=", "unused");
  const { numUpdatedRows } = await ("batchId" in where
    ? update.where("batch_id", "=", where.batchId)
    : update.where("id", "=", where.serialId)
  ).executeTakeFirstOrThrow();
  return Number(numUpdatedRows);
}

/**
 * Takes a serial if it is there to be taken. The check and the taking are one statement: of any number of callers one gets
 * the row.
 */
export async function takeSerial(ctx: Context, hash: Buffer, accountId: string) {
  const now = ctx.now();
  return ctx.db
    .updateTable("serials as s")
    .from("serial_batches as b")
    .set({ state: "used", redeemed_by: accountId, redeemed_at: now })
    .whereRef("b.id", "=", "s.batch_id")
    .where("s.hash", "=", hash)
    .where("s.state", "=", "unused")
    .where("b.payment", "<>", "pending")
    .where("b.redeem_by", ">", now)
    .returning(["s.id", "b.id as batch_id", "b.plan_id", "b.node_ids"])
    .executeTakeFirst();
}

/** One lock at a time per subject, so that parallel guesses are counted one after the other. */
export async function lockGuesses(ctx: Context, subjects: readonly string[]): Promise<void> {
  for (const subject of [...subjects].sort()) {
    await sql`select pg_advisory_xact_lock(hashtext(${`redeem:${subject}`}))`.execute(ctx.db);
  }
}

/** Until when redeeming is locked for the worst of these, if it is. */
export async function lockedUntil(ctx: Context, subjects: readonly string[]): Promise<Date | undefined> {
  const row = await ctx.db
    .selectFrom("redeem_locks")
    .select("until")
    .where("subject", "in", subjects)
    .where("until", ">", ctx.now())
    .orderBy("until", "desc")
    .limit(1)
    .executeTakeFirst();
  return row?.until;
}

export async function insertFailure(ctx: Context, subject: string): Promise<void> {
  await ctx.db.insertInto("redeem_failures").values({ subject, at: ctx.now() }).execute();
}

export async function countFailures(ctx: Context, subject: string, since: Date): Promise<number> {
  const { count } = await ctx.db
    .selectFrom("redeem_failures")
    .where("subject", "=", subject)
    .where("at", ">", since)
    .select((eb) => eb.fn.countAll<bigint>().as("count"))
    .executeTakeFirstOrThrow();
  return Number(count);
}

export async function lockUntil(ctx: Context, subject: string, until: Date): Promise<void> {
  await ctx.db
    .insertInto("redeem_locks")
    .values({ subject, until })
    .onConflict((conflict) => conflict.column("subject").doUpdateSet({ until }))
    .execute();
}

/** Drops what no longer counts. */
export async function forgetGuesses(ctx: Context, before: Date): Promise<void> {
  await ctx.db.deleteFrom("redeem_failures").where("at", "<", before).execute();
  await ctx.db.deleteFrom("redeem_locks").where("until", "<", ctx.now()).execute();
}

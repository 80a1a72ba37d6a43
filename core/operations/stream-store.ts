import { sql } from "kysely";
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

/** Whose relay is asked to join the two ends; from here on its agent may answer, and no other. */
export async function askRendezvous(ctx: Context, id: string, nodeId: string): Promise<void> {
  await ctx.db
    .updateTable("streams")
    .set({ rendezvous_node_id: nodeId, rendezvous_port: null })
    .where("id", "=", id)
    .execute();
}

/** Where both ends are to dial, or port 0: nowhere. Counts once, from the node that was asked, before the ticket is used. */
export async function saveRendezvous(
  ctx: Context,
  { id, nodeId, port, pin }: { id: string; nodeId: string; port: number; pin: string },
): Promise<void> {
  await ctx.db
    .updateTable("streams")
    .set(port === 0 ? { rendezvous_port: 0 } : { rendezvous_port: port, rendezvous_pin: pin, via: "relay" })
    .where("id", "=", id)
    .where("rendezvous_node_id", "=", nodeId)
    .where("rendezvous_port", "is", null)
    .where("used_at", "is", null)
    .execute();
}

export async function findStream(ctx: Context, id: string): Promise<StreamRow | undefined> {
  return ctx.db.selectFrom("streams").selectAll().where("id", "=", id).executeTakeFirst();
}

/** What came too late to be told: the stream goes through control. */
export async function dropRendezvous(ctx: Context, id: string): Promise<void> {
  await ctx.db
    .updateTable("streams")
    .set({ rendezvous_node_id: null, rendezvous_port: null, rendezvous_pin: null, via: "control" })
    .where("id", "=", id)
    .where("used_at", "is", null)
    .execute();
}

interface Claim {
  readonly ticketHash: Buffer;
  readonly accountId: string;
  readonly sessionId: string;
  readonly replicaId: string;
}

/** Uses a ticket up, in one statement; nothing when it was used, has expired, or is somebody else's. */
export async function claimStream(ctx: Context, claim: Claim): Promise<StreamRow | undefined> {
  return ctx.db
    .updateTable("streams")
    .set({ used_at: ctx.now(), replica_id: claim.replicaId })
    .where("ticket_hash", "=", claim.ticketHash)
    .where("account_id", "=", claim.accountId)
    .where("session_id", "=", claim.sessionId)
    .where("used_at", "is", null)
    .where("expires_at", ">", ctx.now())
    .returningAll()
    .executeTakeFirst();
}

/** How many flows an account has open, at all replicas. Whoever asks at the same time waits until this transaction ends. */
export async function countOpenStreams(ctx: Context, accountId: string): Promise<number> {
  await sql`select pg_advisory_xact_lock(hashtext(${`streams:${accountId}`}))`.execute(ctx.db);
  const { n } = await ctx.db
    .selectFrom("streams")
    .select(sql<number>`count(*)::int`.as("n"))
    .where("account_id", "=", accountId)
    .where("used_at", "is not", null)
    .where("ended_at", "is", null)
    .executeTakeFirstOrThrow();
  return n;
}

interface Ended {
  readonly id: string;
  readonly why: string;
  readonly toNode: number;
  readonly fromNode: number;
}

/** Writes the end of a flow, once; nothing when it has one. */
export async function endStream(ctx: Context, ended: Ended): Promise<StreamRow | undefined> {
  return ctx.db
    .updateTable("streams")
    .set({
      ended_at: ctx.now(),
      ended_why: ended.why,
      to_node_bytes: BigInt(ended.toNode),
      from_node_bytes: BigInt(ended.fromNode),
    })
    .where("id", "=", ended.id)
    .where("used_at", "is not", null)
    .where("ended_at", "is", null)
    .returningAll()
    .executeTakeFirst();
}

/** Flows whose replica is gone, and those of which it can't know any more. */
export async function lostStreams(ctx: Context, usedBefore: Date): Promise<string[]> {
  const rows = await ctx.db
    .selectFrom("streams as s")
    .select("s.id")
    .where("s.used_at", "is not", null)
    .where("s.ended_at", "is", null)
    .where((eb) => {
      const replica = eb.selectFrom("replicas as r").select("r.id").whereRef("r.id", "=", "s.replica_id");
      return eb.or([eb.not(eb.exists(replica)), eb("s.used_at", "<", usedBefore)]);
    })
    .execute();
  return rows.map(({ id }) => id);
}

export async function deleteStreamsBefore(ctx: Context, before: Date): Promise<void> {
  await ctx.db.deleteFrom("streams").where("expires_at", "<", before).execute();
}

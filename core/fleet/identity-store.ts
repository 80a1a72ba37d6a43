import { sql } from "kysely";
import type { Context } from "../platform/context.ts";
import { notify } from "../platform/notify.ts";
import type { Row } from "../platform/rows.ts";

export type AuthorityRow = Row<"certificate_authorities">;

/** Authorities that are believed, the active one first. */
export async function trustedAuthorities(ctx: Context): Promise<AuthorityRow[]> {
  return ctx.db
    .selectFrom("certificate_authorities")
    .selectAll()
    .where("state", "<>", "retired")
    .orderBy("state")
    .orderBy("created_at", "desc")
    .execute();
}

export async function allAuthorities(ctx: Context): Promise<AuthorityRow[]> {
  return ctx.db.selectFrom("certificate_authorities").selectAll().orderBy("created_at", "desc").execute();
}

export async function lockAuthorities(ctx: Context): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('certificate authorities'))`.execute(ctx.db);
}

export async function insertAuthority(ctx: Context, authority: AuthorityRow): Promise<void> {
  await ctx.db.updateTable("certificate_authorities").set({ state: "trusted" }).where("state", "=", "active").execute();
  await ctx.db.insertInto("certificate_authorities").values(authority).execute();
  await notify(ctx, "authorities_changed", authority.id);
}

export async function markRetired(ctx: Context, authorityId: string): Promise<void> {
  await ctx.db.updateTable("certificate_authorities").set({ state: "retired" }).where("id", "=", authorityId).execute();
  await notify(ctx, "authorities_changed", authorityId);
}

/** Nodes whose certificate is still of this authority. */
export async function countCertifiedBy(ctx: Context, authorityId: string): Promise<number> {
  const { count } = await ctx.db
    .selectFrom("nodes")
    .where("authority_id", "=", authorityId)
    .where("state", "<>", "removed")
    .select((eb) => eb.fn.countAll<bigint>().as("count"))
    .executeTakeFirstOrThrow();
  return Number(count);
}

export async function insertJoinToken(ctx: Context, token: Row<"join_tokens">): Promise<void> {
  await ctx.db.insertInto("join_tokens").values(token).execute();
}

/** The token, locked, if it was ever given out. */
export async function lockJoinToken(ctx: Context, hash: Buffer): Promise<Row<"join_tokens"> | undefined> {
  return ctx.db.selectFrom("join_tokens").selectAll().where("hash", "=", hash).forUpdate().executeTakeFirst();
}

export async function markTokenUsed(ctx: Context, hash: Buffer, nodeId: string): Promise<void> {
  await ctx.db
    .updateTable("join_tokens")
    .set({ used_at: ctx.now(), node_id: nodeId })
    .where("hash", "=", hash)
    .execute();
}

/** Records a node's key. The same key can't belong to two nodes. */
export async function insertKey(ctx: Context, nodeId: string, fingerprint: string): Promise<void> {
  await ctx.db
    .insertInto("node_keys")
    .values({ fingerprint, node_id: nodeId, recorded_at: ctx.now(), revoked_at: null })
    .execute();
}

export async function findKey(ctx: Context, fingerprint: string): Promise<Row<"node_keys"> | undefined> {
  return ctx.db.selectFrom("node_keys").selectAll().where("fingerprint", "=", fingerprint).executeTakeFirst();
}

/** Revokes a node's keys; the replica that holds its stream ends it at the commit. */
export async function revokeKeys(ctx: Context, nodeId: string): Promise<void> {
  await ctx.db
    .updateTable("node_keys")
    .set({ revoked_at: ctx.now() })
    .where("node_id", "=", nodeId)
    .where("revoked_at", "is", null)
    .execute();
  await notify(ctx, "node_revoked", nodeId);
}

const tokensWithNodes = (ctx: Context) =>
  ctx.db
    .selectFrom("join_tokens as t")
    .leftJoin("nodes as n", "n.id", "t.node_id")
    .selectAll("t")
    .select(["n.name as node_name", "n.state as node_state", "n.reach", "n.is_unproven_allowed"]);

export type TokenRow = Awaited<ReturnType<typeof recentTokens>>[number];

/** Tokens made since, newest first. */
export async function recentTokens(ctx: Context, since: Date, most: number) {
  return tokensWithNodes(ctx)
    .where("t.made_at", ">=", since)
    .orderBy("t.made_at", "desc")
    .orderBy("t.id", "desc")
    .limit(most)
    .execute();
}

export async function findToken(ctx: Context, joinTokenId: string): Promise<TokenRow | undefined> {
  return tokensWithNodes(ctx).where("t.id", "=", joinTokenId).executeTakeFirst();
}

/** True when it was there to be revoked: neither used nor revoked. One that is being used meanwhile is waited for. */
export async function markTokenRevoked(ctx: Context, joinTokenId: string): Promise<boolean> {
  const { numUpdatedRows } = await ctx.db
    .updateTable("join_tokens")
    .set({ revoked_at: ctx.now() })
    .where("id", "=", joinTokenId)
    .where("used_at", "is", null)
    .where("revoked_at", "is", null)
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}

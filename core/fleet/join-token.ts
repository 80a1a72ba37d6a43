import type { fleet as api, ReplyOf } from "@berth/api";
import { dayMs, Refusal } from "@berth/kit";
import { record } from "../audit/index.ts";
import { type Context, transaction } from "../platform/context.ts";
import { findToken, markTokenRevoked, recentTokens, type TokenRow } from "./identity-store.ts";

type JoinToken = ReplyOf<typeof api.getJoinToken>;

const most = 100;

export async function findJoinTokens(ctx: Context): Promise<ReplyOf<typeof api.listJoinTokens>> {
  const now = ctx.now();
  const rows = await recentTokens(ctx, new Date(now.getTime() - dayMs), most);
  return { items: rows.map((row) => toJoinToken(row, now)) };
}

export async function showJoinToken(ctx: Context, joinTokenId: string): Promise<JoinToken> {
  const row = await findToken(ctx, joinTokenId);
  if (!row) throw new Refusal("not_found", "fleet.no_such_token", `no join token ${joinTokenId}`);
  return toJoinToken(row, ctx.now());
}

/** Makes a token useless. One that was used has become a node: that is what there is to be removed. */
export async function revokeJoinToken(ctx: Context, joinTokenId: string): Promise<JoinToken> {
  return transaction(ctx, async (ctx) => {
    const isRevoked = await markTokenRevoked(ctx, joinTokenId);
    const token = await showJoinToken(ctx, joinTokenId);
    if (token.state === "used") {
      throw new Refusal(
        "conflict",
        "fleet.join_token_used",
        `this token has become ${token.nodeName}; remove that node`,
      );
    }
    if (isRevoked) await record(ctx, { name: "fleet.join_token_revoked", data: { joinTokenId } });
    return token;
  });
}

function toJoinToken(row: TokenRow, now: Date): JoinToken {
  const state = stateOf(row, now);
  return {
    id: row.id as JoinToken["id"],
    name: row.name,
    region: row.region,
    madeBy: row.made_by,
    madeAt: row.made_at?.toISOString() ?? null,
    expiresAt: row.expires_at.toISOString(),
    state,
    step: state === "waiting" ? "waiting" : stepOf(row),
    nodeId: row.node_id as JoinToken["nodeId"],
    nodeName: row.node_name,
  };
}

function stateOf(row: TokenRow, now: Date): JoinToken["state"] {
  if (row.used_at) return "used";
  if (row.revoked_at) return "revoked";
  return row.expires_at <= now ? "expired" : "waiting";
}

function stepOf({ node_state, reach, is_unproven_allowed }: TokenRow): JoinToken["step"] {
  if (node_state === null) return "over";
  if (node_state === "joining") return "enrolled";
  if (node_state !== "online") return node_state;
  if (reach === "proven" || is_unproven_allowed) return "ready";
  return reach === "unproven" ? "not_reachable" : "connected";
}

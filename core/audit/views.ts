import type { audit, InputOf, ReplyOf } from "@berth/api";
import type { Context } from "../platform/context.ts";
import { pageAfter, toPage } from "../platform/paging.ts";

/** Events, newest first, by any of their subjects. */
export async function findEvents(
  ctx: Context,
  input: InputOf<typeof audit.listEvents>,
): Promise<ReplyOf<typeof audit.listEvents>> {
  let query = ctx.db
    .selectFrom("events as e")
    .leftJoin("event_seals as s", "s.event_id", "e.id")
    .selectAll("e")
    .select("s.position")
    .orderBy("e.at", "desc")
    .orderBy("e.id", "desc")
    .limit(input.limit + 1);
  if (input.name) query = query.where("e.name", "=", input.name);
  if (input.accountId) query = query.where("e.account_id", "=", input.accountId);
  if (input.leaseId) query = query.where("e.lease_id", "=", input.leaseId);
  if (input.nodeId) query = query.where("e.node_id", "=", input.nodeId);
  const after = pageAfter(input.after);
  if (after) query = query.where((eb) => eb(eb.refTuple("e.at", "e.id"), "<", eb.tuple(after.at, after.id)));
  return toPage(await query.execute(), input.limit, (row) => ({
    id: row.id,
    at: row.at.toISOString(),
    name: row.name,
    actor: row.actor,
    accountId: row.account_id,
    leaseId: row.lease_id,
    nodeId: row.node_id,
    data: row.data as Record<string, unknown>,
    position: row.position === null ? null : Number(row.position),
  }));
}

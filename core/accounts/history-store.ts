import type { history, InputOf, ReplyOf } from "@berth/api";
import { type RawBuilder, sql } from "kysely";
import { personalOpener } from "../audit/index.ts";
import type { Context } from "../platform/context.ts";
import { pageAfter, toPage } from "../platform/paging.ts";
import type { Row } from "../platform/rows.ts";
import { doerOf, kindOf, patternOf, shownData } from "./history.ts";
import { placeOf } from "./place.ts";
import { maySeePersonal } from "./views.ts";

type Page = InputOf<typeof history.listMyHistory>;
type EventRow = Row<"events">;

/** What happened to an account and to what it leases, newest first, whoever did it. */
export async function findHistory(
  ctx: Context,
  accountId: string,
  { limit, kind, ...input }: Page,
): Promise<ReplyOf<typeof history.listMyHistory>> {
  const after = pageAfter(input.after);
  const matches = sql`e.name ~ ${patternOf(kind)}
    ${after ? sql`and (e.at, e.id) < (${after.at}, ${after.id})` : sql``}`;
  const rows = await newest(ctx, accountId, { matches, limit: limit + 1 });
  const open = await personalOpener(ctx, rows);
  return toPage(rows, limit, (row) => {
    const { address = null, agent = null } = ownFields(open(row.id, row.personal), accountId);
    return {
      id: row.id,
      at: row.at.toISOString(),
      kind: kindOf(row.name),
      name: row.name,
      by: doerOf(row.actor, accountId),
      leaseId: row.lease_id,
      address: address && !maySeePersonal(ctx, accountId) ? placeOf(address) : address,
      agent,
      data: shownData(row.name, row.data),
    };
  });
}

/** Short walks along the indexes of events, one for the account and one for each of its leases. */
async function newest(
  ctx: Context,
  accountId: string,
  { matches, limit }: { matches: RawBuilder<unknown>; limit: number },
): Promise<EventRow[]> {
  const order = sql`order by at desc, id desc limit ${limit}`;
  const { rows } = await sql<EventRow>`select * from (
      (select e.* from events e where e.account_id = ${accountId} and e.lease_id is null and ${matches} ${order})
      union all
      (select e.* from leases l cross join lateral
        (select e.* from events e where e.lease_id = l.id and ${matches} ${order}) e
        where l.account_id = ${accountId})
    ) found ${order}`.execute(ctx.db);
  return rows;
}

/** Of the persons that an event tells of, the account itself: from where staff worked is not its business. */
function ownFields(parts: Awaited<ReturnType<Awaited<ReturnType<typeof personalOpener>>>>, accountId: string) {
  return parts.find(({ of }) => of === accountId)?.fields ?? {};
}

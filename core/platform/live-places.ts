import { sql } from "kysely";
import type { Context } from "./context.ts";

/** One of the places that a session has for its sockets, over all replicas. */
export interface SocketPlace {
  readonly sessionId: string;
  readonly place: number;
}

/** Takes a place; nothing when all are taken. Whoever is faster gets the place, and the next one is tried. */
export async function takePlace(
  ctx: Context,
  { sessionId, replicaId, most }: { sessionId: string; replicaId: string; most: number },
): Promise<SocketPlace | undefined> {
  for (let attempt = 0; attempt <= most; attempt++) {
    const { rows } = await sql<{ place: number }>`
      insert into live_sockets (session_id, place, replica_id)
      select ${sessionId}, place, ${replicaId} from generate_series(1, ${most}::int) place
      where not exists (select 1 from live_sockets s where s.session_id = ${sessionId} and s.place = place.place)
      order by place limit 1
      on conflict do nothing returning place`.execute(ctx.db);
    if (rows[0]) return { sessionId, place: rows[0].place };
    if ((await countPlaces(ctx, sessionId)) >= most) return undefined;
  }
  return undefined;
}

async function countPlaces(ctx: Context, sessionId: string): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from live_sockets where session_id = ${sessionId}`.execute(ctx.db);
  return rows[0]?.n ?? 0;
}

/** Gives a place back that this replica has taken. */
export async function freePlace(ctx: Context, replicaId: string, { sessionId, place }: SocketPlace): Promise<void> {
  await ctx.db
    .deleteFrom("live_sockets")
    .where("session_id", "=", sessionId)
    .where("place", "=", place)
    .where("replica_id", "=", replicaId)
    .execute();
}

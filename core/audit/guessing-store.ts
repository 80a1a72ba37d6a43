import { sql } from "kysely";
import type { Context } from "../platform/context.ts";
import { failureNames, mostOfAccount, mostOfBlock } from "./failure.ts";

/** One look at a time, so that nobody is noted twice. */
export async function lockGuessing(ctx: Context): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('audit.guessing'))`.execute(ctx.db);
}

export interface Guessed {
  /** Of an address block; null when it is about an account. */
  readonly origin: string | null;
  readonly account_id: string | null;
  readonly failures: bigint;
  readonly accounts: bigint;
}

/** Address blocks and accounts with too many failures since then that were not noted since then. */
export async function findGuessed(ctx: Context, since: Date): Promise<Guessed[]> {
  const { rows } = await sql<Guessed>`
    with failed as materialized (
      select account_id, origin from events where name = any(${failureNames}) and at > ${since}
    ), guessed as (
      select origin, null as account_id, count(*) as failures, count(distinct account_id) as accounts
      from failed where origin is not null group by origin having count(*) >= ${mostOfBlock}
      union all
      select null, account_id, count(*), 1
      from failed where account_id is not null group by account_id having count(*) >= ${mostOfAccount}
    )
    select g.* from guessed g where not exists (
      select from events e where e.name = 'audit.guessing' and e.at > ${since}
        and e.data->>'origin' is not distinct from g.origin
        and (g.origin is not null or e.account_id = g.account_id))`.execute(ctx.db);
  return rows;
}

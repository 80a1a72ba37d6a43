import type { TestDatabase } from "./database.ts";

/** Written by every request, whatever it is: counts of requests. */
const counters = ["rate_windows"];

/** Rows of every table, of Berth and of its queue, as a number and a hash: equal before and after when nothing changed. */
export async function contentOf({ pool }: TestDatabase): Promise<Record<string, string>> {
  const { rows: tables } = await pool.query<{ name: string }>(
    `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'r' and n.nspname in ('public', 'graphile_worker') and c.relname <> all($1) order by 1`,
    [counters],
  );
  const parts = tables.map(
    ({ name }) =>
      `select '${name}' as name, count(*) || ' ' || coalesce(md5(string_agg(t::text, '|' order by t::text)), '') as content from ${name} t`,
  );
  const { rows } = await pool.query<{ name: string; content: string }>(parts.join(" union all "));
  return Object.fromEntries(rows.map(({ name, content }) => [name, content]));
}

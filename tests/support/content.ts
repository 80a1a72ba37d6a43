import type { TestDatabase } from "./database.ts";

/** Written by requests whatever they are: the guard counts and scores them. */
const counters = ["rate_windows", "rate_shares", "known_places", "attack_signals", "bans"];

const statements = new WeakMap<TestDatabase, string>();

/** Rows of every table, of Berth and of its queue, as a number and a hash: equal before and after when nothing changed. */
export async function contentOf(database: TestDatabase): Promise<Record<string, string>> {
  const text = statements.get(database) ?? (await statementOf(database));
  statements.set(database, text);
  // By its name it is planned once: with so many tables that takes longer than reading them.
  const { rows } = await database.pool.query<{ name: string; content: string }>({ name: "content", text });
  return Object.fromEntries(rows.map(({ name, content }) => [name, content]));
}

async function statementOf({ pool }: TestDatabase): Promise<string> {
  const { rows } = await pool.query<{ name: string }>(
    `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where (c.relkind = 'p' or (c.relkind = 'r' and not c.relispartition))
       and n.nspname in ('public', 'graphile_worker') and c.relname <> all($1) order by 1`,
    [counters],
  );
  const hash = "coalesce(md5(string_agg(t::text, '|' order by t::text)), '')";
  return rows
    .map(({ name }) => `select '${name}' as name, count(*) || ' ' || ${hash} as content from ${name} t`)
    .join(" union all ");
}

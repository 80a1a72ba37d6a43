import { sql } from "kysely";
import type { Sql } from "./listing.ts";

/** Equal, if anything is asked for. */
export function equals(column: Sql, value: string | boolean | undefined): Sql[] {
  return value === undefined ? [] : [sql`${column} = ${value}`];
}

/** One of them, if any are asked for. Where each has rows enough to need a walk of its own, they are branches instead. */
export function oneOf(column: Sql, values: readonly string[] | undefined): Sql[] {
  return values === undefined ? [] : [sql`${column} = any(${values}::text[])`];
}

/** At `from` or later, and before `to`. */
export function within(column: Sql, from: string | undefined, to: string | undefined): Sql[] {
  return [
    ...(from === undefined ? [] : [sql`${column} >= ${new Date(from)}::timestamptz`]),
    ...(to === undefined ? [] : [sql`${column} < ${new Date(to)}::timestamptz`]),
  ];
}

/** Text of an index in the order of its bytes: as a range, which finds it whatever % and _ people type. */
export function startsWith(column: Sql, prefix: string): Sql {
  return sql`${column} >= ${prefix} and ${column} < ${`${prefix}\u{10ffff}`}`;
}

/**
 * What people type into a search: the begin of an id of one of these columns, by the word that such ids begin with, or else
 * a name.
 */
export function searched(
  q: string | undefined,
  ids: Readonly<Record<string, Sql>>,
  named: (text: string) => Sql,
): Sql[] {
  if (q === undefined) return [];
  const [, word = "", rest = ""] = /^([a-z]+)_([0-9a-z]{0,26})$/.exec(q.toLowerCase()) ?? [];
  const column = ids[word];
  if (!column) return [named(q)];
  // All ids of a kind are equally long, so the range is the same in whatever order the database has for texts.
  return [sql`${column} between ${`${word}_${rest.padEnd(26, "0")}`} and ${`${word}_${rest.padEnd(26, "z")}`}`];
}

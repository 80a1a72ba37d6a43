import type { Route } from "@berth/api";
import { mostCounted } from "@berth/api";
import { Refusal } from "@berth/kit";
import { type RawBuilder, sql } from "kysely";
import type { Context } from "./context.ts";

export type Sql = RawBuilder<unknown>;

/** What rows are sorted by: never null, and in an index together with the id. */
interface SortKey {
  readonly by: Sql;
  readonly type: "timestamptz" | "text" | "smallint" | "bigint" | "float8";
}

/** Where a list finds its rows, and what its sorts are by. Each row has one id. */
export interface Listing {
  readonly route: Pick<Route, "path">;
  readonly from: Sql;
  readonly id: Sql;
  readonly sorts: Readonly<Record<string, SortKey>>;
}

/** What rows of a page have to be: all of `all`, and everything in one of `any`, of which no row matches two. */
export interface Wanted {
  readonly all: readonly Sql[];
  readonly any?: readonly (readonly Sql[])[] | undefined;
  /** Rows are first found and then sorted: where the sort's index would lead the planner away from that of a search. */
  readonly isFenced?: boolean;
}

interface ListInput {
  readonly after?: string | undefined;
  readonly before?: string | undefined;
  readonly limit: number;
  readonly sort: string;
}

interface Position {
  readonly id: string;
  /** The key as PostgreSQL writes it, so that it is exactly what it was. */
  readonly key: string;
}

export interface FoundPage {
  readonly ids: readonly string[];
  readonly next: string | null;
  readonly previous: string | null;
}

/**
 * The ids of a page. Several states are several short walks along an index, each no longer than the page, and not one long
 * walk past all other rows.
 */
export async function findPage(
  ctx: Context,
  listing: Listing,
  input: ListInput,
  { all, any = [[]], isFenced = false }: Wanted,
): Promise<FoundPage> {
  const position = positionOf(ctx, listing, input);
  const isBackward = input.before !== undefined;
  const scan = { ...scanOf(listing, input.sort, isBackward), isFenced };
  const here = position ? [past(scan, position)] : [];
  const walks = any.map((some) => walk(listing, scan, [...all, ...some, ...here], input.limit + 1));
  const { rows } = await merged(walks, scan, input.limit + 1).execute(ctx.db);
  const shown = rows.slice(0, input.limit);
  if (isBackward) shown.reverse();
  const hasMore = rows.length > input.limit;
  const cursorAt = (row: Position | undefined) => (row ? toCursor(ctx, listing, input, row) : null);
  return {
    ids: shown.map(({ id }) => id),
    next: (isBackward ? position : hasMore) ? cursorAt(shown.at(-1)) : null,
    previous: (isBackward ? hasMore : position) ? (cursorAt(shown[0]) ?? (isBackward ? null : "end")) : null,
  };
}

/** The page's items in its order; rows that went away since its ids were found are left out. */
export function toItems<Row extends { readonly id: string }, Item>(
  { ids, next, previous }: FoundPage,
  rows: readonly Row[],
  toItem: (row: Row) => Item,
) {
  const byId = new Map(rows.map((row) => [row.id, row]));
  const present = ids.map((id) => byId.get(id)).filter((row) => row !== undefined);
  return { items: present.map(toItem), next, previous };
}

/** How many rows each of these has, and no further than it matters: few are counted in one walk, many one after the other. */
export async function countRows<Name extends string>(
  ctx: Context,
  { from }: Pick<Listing, "from">,
  all: readonly Sql[],
  each: Readonly<Record<Name, readonly Sql[]>>,
): Promise<Record<Name, number>> {
  const named = Object.entries<readonly Sql[]>(each);
  const flags = named.map(([name, some]) => sql`(${every(some)}) as ${sql.id(name)}`);
  const sums = named.map(([name]) => sql`(count(*) filter (where ${sql.id(name)}))::int as ${sql.id(name)}`);
  const few = await sql<Record<string, number>>`
    select ${sql.join(sums)}, count(*)::int as in_all
    from (select ${sql.join(flags)} from ${from} where ${every(all)} limit ${mostCounted + 1}) few`.execute(ctx.db);
  const { in_all = 0, ...counts } = few.rows[0] ?? {};
  if (in_all <= mostCounted) return counts as Record<Name, number>;
  const bounded = named.map(
    ([name, some]) => sql`(select count(*)::int from (
      select from ${from} where ${every([...all, ...some])} limit ${mostCounted + 1}
    ) many) as ${sql.id(name)}`,
  );
  const { rows } = await sql<Record<Name, number>>`select ${sql.join(bounded)}`.execute(ctx.db);
  return rows[0] as Record<Name, number>;
}

interface Scan {
  readonly key: SortKey;
  readonly id: Sql;
  readonly isFalling: boolean;
  readonly isFenced: boolean;
}

function scanOf({ sorts, id }: Listing, sort: string, isBackward: boolean): Omit<Scan, "isFenced"> {
  const key = sorts[sort.replace(/^-/, "")];
  if (!key) throw new Error(`no sort ${sort}`);
  return { key, id, isFalling: sort.startsWith("-") !== isBackward };
}

function walk({ from }: Listing, { key, id, ...scan }: Scan, conditions: readonly Sql[], limit: number): Sql {
  const way = direction(scan.isFalling);
  const rows = sql`select ${id} as id, ${key.by} as key from ${from} where ${every(conditions)}`;
  return scan.isFenced
    ? sql`select id, key from (${rows} offset 0) fenced order by key ${way}, id ${way} limit ${limit}`
    : sql`${rows} order by ${key.by} ${way}, ${id} ${way} limit ${limit}`;
}

function merged(walks: readonly Sql[], { isFalling }: Scan, limit: number) {
  const way = direction(isFalling);
  const [only] = walks;
  const rows =
    walks.length === 1 && only
      ? only
      : sql.join(
          walks.map((one) => sql`(${one})`),
          sql` union all `,
        );
  return sql<Position>`select id, key::text from (${rows}) found order by found.key ${way}, id ${way} limit ${limit}`;
}

function past({ key, id, isFalling }: Scan, { key: at, id: atId }: Position): Sql {
  return sql`(${key.by}, ${id}) ${sql.raw(isFalling ? "<" : ">")} (${at}::text::${sql.raw(key.type)}, ${atId})`;
}

const direction = (isFalling: boolean) => sql.raw(isFalling ? "desc" : "asc");

function every(conditions: readonly Sql[]): Sql {
  return conditions.length === 0 ? sql`true` : sql.join(conditions, sql` and `);
}

/**
 * A cursor holds good for the filter and the sort that it was made for. Elsewhere it would be some place or other, so it
 * carries a keyed hash of both.
 */
function toCursor(ctx: Context, listing: Listing, input: ListInput, { key, id }: Position): string {
  const place = Buffer.from(JSON.stringify([key, id]));
  return `${place.toString("base64url")}.${sealOf(ctx, listing, input, place)}`;
}

/** The row that a page begins beyond, if it does not begin where the list does. */
export function positionOf(ctx: Context, listing: Listing, input: ListInput): Position | undefined {
  const { after, before } = input;
  if (after !== undefined && before !== undefined) {
    throw new Refusal("invalid", "http.two_cursors", "a page is either `after` a place or `before` one");
  }
  const cursor = after ?? before;
  if (cursor === undefined || before === "end") return undefined;
  const [place = "", seal] = cursor.split(".");
  const bytes = Buffer.from(place, "base64url");
  if (seal !== sealOf(ctx, listing, input, bytes)) {
    throw new Refusal("invalid", "http.bad_cursor", "this place is of another list, filter or sort: begin anew");
  }
  const [key, id] = JSON.parse(bytes.toString()) as [string, string];
  return { key, id };
}

function sealOf(ctx: Context, { route }: Listing, input: ListInput, place: Buffer): string {
  const { after: _, before: __, limit: ___, ...filter } = input;
  const text = JSON.stringify([route.path, Object.entries(filter).sort(), place.toString()]);
  return ctx.keys.hash("cursor", text).subarray(0, 12).toString("base64url");
}

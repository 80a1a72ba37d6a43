/** What of a list stands in the address. */
export interface ListQuery {
  readonly q: string;
  readonly state: string;
  readonly sort: string;
  readonly after: string;
  readonly before: string;
  readonly limit: number;
  readonly filters: Readonly<Record<string, string>>;
}

export const pageSizes = [25, 50, 100] as const;
const usualLimit = 50;

export type Query = Readonly<Record<string, string>>;

export function readListQuery(query: Query, filterNames: readonly string[]): ListQuery {
  const limit = Number(query.limit);
  return {
    q: query.q ?? "",
    state: query.state ?? "",
    sort: query.sort ?? "",
    after: query.after ?? "",
    before: query.before ?? "",
    limit: (pageSizes as readonly number[]).includes(limit) ? limit : usualLimit,
    filters: Object.fromEntries(filterNames.flatMap((name) => (query[name] ? [[name, query[name]]] : []))),
  };
}

/** What the route is asked: only what is set. */
export function toInput({ q, state, sort, after, before, limit, filters }: ListQuery): Record<string, unknown> {
  const set = Object.entries({ q, state, sort, after, before }).filter(([, value]) => value !== "");
  return { ...Object.fromEntries(set), ...filters, limit };
}

/** Which rows, without where in them: what counts and exports ask. */
export function toFilter({ q, filters }: ListQuery): Record<string, unknown> {
  return { ...(q === "" ? {} : { q }), ...filters };
}

export function isFiltered({ q, state, filters }: ListQuery): boolean {
  return q !== "" || state !== "" || Object.keys(filters).length > 0;
}

/** The next of: down, up, not sorted. `-name` is the greatest first. */
export function nextSort(present: string, name: string): string {
  if (present === `-${name}`) return name;
  return present === name ? "" : `-${name}`;
}

export function directionOf(present: string, name: string): "ascending" | "descending" | "none" {
  if (present === name) return "ascending";
  return present === `-${name}` ? "descending" : "none";
}

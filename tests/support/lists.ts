import type { Route } from "@berth/api";
import { z } from "zod";
import { declaredRoutes } from "../contract/routes.ts";
import { busy, fetcher, idOf, rarePlan } from "./fill.ts";

/** One way to ask for a list: a filter or none, and a sort. */
export interface Way {
  readonly route: Route;
  readonly filter: Readonly<Record<string, string>>;
  readonly sort: string;
}

const paging = ["after", "before", "limit", "sort"];

/** All lists that can be sorted and filtered. */
export const lists: readonly Route[] = declaredRoutes.filter(({ input }) => "before" in input.shape);

/** Lists that can be counted by state, and the path that does. */
export const counted: readonly { readonly list: Route; readonly path: string }[] = lists
  .map((list) => ({ list, path: `${list.path}/counts` }))
  .filter(({ path }) => declaredRoutes.some((route) => route.path === path));

export const sortsOf = ({ input }: Route): readonly string[] =>
  (input.shape.sort as z.ZodDefault<z.ZodEnum>).unwrap().options as string[];

export const filtersOf = ({ input }: Route): string[] =>
  Object.keys(input.shape).filter((name) => !paging.includes(name));

/** The values of a field of the list's items that is one of some. */
function valuesOf({ reply }: Route, name: string): string[] {
  const field = (reply as unknown as { shape: { items: z.ZodArray<z.ZodObject> } }).shape.items.element.shape[name];
  return field instanceof z.ZodEnum ? (field.options as string[]) : [];
}

const aYearAgo = 365 * 86_400_000;

/** The middle of the year that the rows were made in, and a month later. */
const middle = (at: Date) => new Date(at.getTime() - aYearAgo / 2).toISOString();
const later = (at: Date) => new Date(at.getTime() - aYearAgo / 2.4).toISOString();

/** What to look for in a filled database, by the name of the filter; `PATH NAME` where lists differ. */
const samples: Readonly<Record<string, (at: Date) => readonly string[]>> = {
  accountId: () => [busy, idOf("account", 40)],
  address: () => [fetcher],
  actor: () => ["system:leases.sweep", idOf("account", 7)],
  batchId: () => [idOf("batch", 5)],
  endsFrom: (at) => [middle(at), at.toISOString()],
  endsTo: (at) => [middle(at), at.toISOString()],
  from: (at) => [middle(at), at.toISOString()],
  instanceId: () => [idOf("instance", 4)],
  kind: () => ["derp", "phone", "proxy"],
  leaseId: () => [idOf("lease", 4)],
  madeBy: () => [idOf("account", 500), idOf("account", 1)],
  name: () => ["fleet.authority_made", "derp.configuration_made"],
  needsUpgrade: () => ["true", "false"],
  nodeId: () => [idOf("node", 4), idOf("node", 8)],
  offering: () => ["derp", "proxy"],
  onSale: () => ["true", "false"],
  planId: () => [rarePlan, idOf("plan", 3)],
  redeemedBy: () => [busy, idOf("account", 5)],
  region: () => ["fra", "nowhere"],
  country: () => ["DE"],
  label: () => ["fast", "none"],
  to: (at) => [middle(at), later(at)],
  usedPercent: () => ["80", "1"],
  "/accounts q": () => ["a", "mail7@example.com", idOf("account", 7).slice(0, -1), "zz"],
  "/events q": () => ["refunded", "renewal", "order_7x", "nothing"],
  "/leases q": () => ["a", "b5", idOf("lease", 7).slice(0, -2), idOf("account", 7), "zz"],
  "/nodes q": () => ["a", "198.51.1", "fra", idOf("node", 7)],
  "/orders q": () => ["a", "b5", idOf("order", 7).slice(0, -2), idOf("account", 7), idOf("lease", 7)],
  "/plans q": () => ["a", idOf("plan", 7)],
  "/serial-batches q": () => ["a", idOf("batch", 3), idOf("plan", 3)],
  "/serials q": () => ["A", "AB", "x9xa", idOf("serial", 7).slice(0, -1), idOf("batch", 3), idOf("account", 5)],
  "/operations state": () => ["open", "ended", "failed"],
  "/serial-batches state": () => ["pending", "open", "expired"],
};

/** The values of a filter that are tried; where several can be given, some together as well. */
export function samplesOf(route: Route, name: string, at: Date): readonly string[] {
  const listed = valuesOf(route, name);
  const known = samples[`${route.path} ${name}`] ?? (listed.length > 0 ? () => listed : samples[name]);
  const values = known?.(at) ?? [];
  if (values.length === 0) throw new Error(`nothing to look for by ${name} of ${route.path}: give it some samples`);
  const together = [values.join(","), values.slice(0, 2).join(",")];
  return [...values, ...together.filter((text) => values.length > 1 && isTaken(route, name, text))];
}

/** Values that are some of a closed set: a text to search for would take anything. */
function isTaken({ input }: Route, name: string, text: string): boolean {
  const field = input.shape[name] as z.ZodType;
  return !field.safeParse("none of them").success && field.safeParse(text).success;
}

/** Sorted in memory: there a filter does the same with every sort. */
const small = new Set(["/nodes", "/plans", "/serial-batches", "/operations"]);

/** Every filter with every sort; of small lists every filter, and every sort. */
export function waysOf(route: Route, at: Date): Way[] {
  const filters: Record<string, string>[] = [{}];
  for (const name of filtersOf(route)) for (const value of samplesOf(route, name, at)) filters.push({ [name]: value });
  const sorts = sortsOf(route);
  const isAsked = (filter: object, sort: string) =>
    !small.has(route.path) || sort === sorts[0] || Object.keys(filter).length === 0;
  return sorts.flatMap((sort) =>
    filters.filter((filter) => isAsked(filter, sort)).map((filter) => ({ route, filter, sort })),
  );
}

/** What consoles have as views of their own: "Needs upgrade", "Over 80 %", "Ending in 7 days". */
export function builtIn(at: Date): { path: string; query: Record<string, string> }[] {
  const inAWeek = new Date(at.getTime() + 7 * 86_400_000).toISOString();
  const serving = "active,suspended";
  return [
    { path: "/nodes", query: { needsUpgrade: "true", state: "online,cordoned,offline", sort: "name" } },
    { path: "/leases", query: { usedPercent: "80", state: serving, sort: "-used" } },
    { path: "/leases", query: { state: serving, endsFrom: at.toISOString(), endsTo: inAWeek, sort: "until" } },
  ];
}

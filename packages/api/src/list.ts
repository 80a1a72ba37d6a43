import { z } from "zod";
import type { Route } from "./route.ts";

/** One of these values, or several with commas between. */
export function several<const Value extends string>(values: readonly [Value, ...Value[]]) {
  const known = z.array(z.enum(values)).min(1).max(values.length);
  const text = z
    .string()
    .max(400)
    .meta({ examples: [values[0]] });
  const list = text.transform((given) => [...new Set(given.split(","))]).pipe(known);
  return list.describe(`one or several of ${values.join(", ")}, with commas between`) as unknown as z.ZodType<
    Value[],
    Value | `${Value},${string}`
  >;
}

const where = {
  after: z.string().max(700).optional().describe("the `next` of another page of the same filter and sort"),
  before: z.string().max(700).optional().describe("its `previous`; or `end`, for the last page"),
  limit: z.coerce.number().int().min(1).max(100).default(50),
};

/**
 * What every list takes: where in it the page lies, one of its sorts (`-until` is the greatest first; rows that are equal
 * are told apart by their ids), and its own filters, which rows have to match all together. The first sort is the one that
 * counts when none is given.
 */
export function listInput<const Sort extends string, Filters extends z.ZodRawShape>(
  sorts: readonly [Sort, ...Sort[]],
  filters: Filters,
) {
  type Both = Sort extends `-${infer Name}` ? Name | Sort : Sort | `-${Sort}`;
  const both = sorts.flatMap((sort) => (sort.startsWith("-") ? [sort, sort.slice(1)] : [sort, `-${sort}`]));
  const sort = z.enum(both as [Both, ...Both[]]).default(both[0] as never);
  return z.object({ ...where, sort, ...filters });
}

/** A page, in the order of its sort. `next` and `previous` are null where the list ends. */
export function listOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), next: z.string().nullable(), previous: z.string().nullable() });
}

/** Text that says what is looked for. */
export const search = z.string().trim().min(1).max(100).optional();

/** Rows of one state are counted no further. */
export const mostCounted = 10_000;

const count = z
  .number()
  .int()
  .min(0)
  .max(mostCounted + 1);

type Unfiltered = "after" | "before" | "limit" | "sort" | "state";

/** How many rows of a list's filter are in each state. */
export function countsOf<Shape extends z.ZodRawShape, const State extends string>(
  { path, permission, input }: Route<Shape>,
  states: readonly [State, ...State[]],
) {
  const rest = Object.entries(input.shape).filter(([name]) => !["state", "sort", ...Object.keys(where)].includes(name));
  const counts = Object.fromEntries(states.map((state) => [state, count])) as Record<State, typeof count>;
  return {
    method: "GET" as const,
    path: `${path}/counts`,
    permission,
    summary: `How many of the list's filter are in each state; ${mostCounted + 1} stands for more than ${mostCounted}`,
    input: z.object(Object.fromEntries(rest) as unknown as Omit<Shape, Unfiltered>),
    reply: z.object({ states: z.object(counts) }),
  };
}

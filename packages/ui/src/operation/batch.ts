import type { BatchOf, CallOf, Problem, ReplyOf, Route } from "@berth/api";
import { call, toProblem } from "../api/client.ts";

/** What became of one item. */
export type Outcome = { readonly ok: true } | { readonly ok: false; readonly problem: Problem };

const most = 500;
const pageSize = 100;

interface Progress {
  readonly done: number;
  readonly outcomes: readonly Outcome[];
}

/** Does the same to many: in batches as large as control takes, each item with its own end. */
export async function runBatch<R extends Route>(
  route: BatchOf<R>,
  items: readonly CallOf<R>[],
  onProgress: (progress: Progress) => void,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (let from = 0; from < items.length; from += most) {
    outcomes.push(...(await runChunk(route as Route, items.slice(from, from + most))));
    onProgress({ done: outcomes.length, outcomes: [...outcomes] });
  }
  return outcomes;
}

/** A batch that gets no answer leaves its items in doubt; the next one is tried all the same. */
async function runChunk(route: Route, items: readonly object[]): Promise<readonly Outcome[]> {
  try {
    const reply = (await call(route, { items } as never, crypto.randomUUID())) as { items: readonly Outcome[] };
    return reply.items;
  } catch (error) {
    const problem = toProblem(error);
    return items.map(() => ({ ok: false, problem }));
  }
}

interface Page<Row> {
  readonly items: readonly Row[];
  readonly next: string | null;
}

/** Every row that fits a filter, page after page; no more than `mostRows`. */
export async function gatherRows<R extends Route>(
  route: R,
  filter: Readonly<Record<string, unknown>>,
  mostRows = 20_000,
): Promise<ReplyOf<R> extends { items: readonly (infer Row)[] } ? Row[] : never> {
  const rows: unknown[] = [];
  let after: string | null | undefined;
  while (after !== null && rows.length < mostRows) {
    const input = { ...filter, limit: pageSize, ...(after ? { after } : {}) };
    const page = (await call(route, input as unknown as CallOf<R>)) as unknown as Page<unknown>;
    rows.push(...page.items);
    after = page.next;
  }
  return rows as never;
}

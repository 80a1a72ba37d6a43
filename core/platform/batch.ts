import type { BatchOf, InputOf, ReplyOf, Route } from "@berth/api";
import type { FastifyError, FastifyInstance } from "fastify";
import { type Context, transaction } from "./context.ts";
import { isDatabaseAway, isDeadlock } from "./database.ts";
import { type Handler, serve } from "./http.ts";
import { type Answer, toProblem } from "./problems.ts";

type Outcome<R extends Route> = { ok: true; reply: ReplyOf<R> } | { ok: false; problem: Answer };

/** Serves a batch by the handler of one: in order, each item in a transaction of its own. */
export function serveBatch<R extends Route>(app: FastifyInstance, declared: BatchOf<R>, one: Handler<R>): void {
  const all = async (ctx: Context, { items }: { items: InputOf<R>[] }, exchange: Parameters<Handler<R>>[2]) => {
    const outcomes: Outcome<R>[] = [];
    for (const item of items) outcomes.push(await attempt(ctx, (ctx) => one(ctx, item, exchange)));
    return { items: outcomes };
  };
  serve(app, declared as Route, all as unknown as Handler<Route>);
}

async function attempt<R extends Route>(
  ctx: Context,
  work: (ctx: Context) => Promise<ReplyOf<R>>,
): Promise<Outcome<R>> {
  try {
    return { ok: true, reply: await transaction(ctx, work) };
  } catch (error) {
    // In a transaction around the whole request nothing can go on after these; it is tried again, or fails, as one.
    if (ctx.db.isTransaction && (isDeadlock(error) || isDatabaseAway(error))) throw error;
    const problem = toProblem(error as FastifyError);
    // Not the request's own end: what was done for the items before it is done, and its caller has to hear so.
    if (problem.code === "internal") ctx.log.error({ error: (error as Error).stack }, "an item of a batch failed");
    return { ok: false, problem };
  }
}

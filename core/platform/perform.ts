import { type InputOf, type ReplyOf, type Route, takesKey } from "@berth/api";
import { z } from "zod";
import type { Context } from "./context.ts";
import { rehearse } from "./dry-run.ts";
import type { Exchange, Handler } from "./exchange.ts";
import { answerOnce } from "./idempotency.ts";

/** A request that may be answered: who asks is known, and may. */
export interface Asked<R extends Route> {
  readonly declared: R;
  readonly input: InputOf<R>;
  readonly exchange: Exchange;
  /** The path as it was asked for, so that one key stands for one request. */
  readonly path: string;
  readonly isDryRun: boolean;
}

/** The answer as JSON. */
export interface Performed {
  readonly text: string;
  readonly isReplay?: boolean;
}

/** Runs a use case the way the request asks for: as a dry run, once for its key, or plainly. */
export async function perform<R extends Route>(
  ctx: Context,
  handle: Handler<R>,
  { declared, input, exchange, path, isDryRun }: Asked<R>,
): Promise<Performed> {
  const work = async (ctx: Context) => toText(declared, await handle(ctx, input, exchange));
  if (isDryRun) {
    // Nothing that it makes lasts, so neither does a session.
    const silent = { ...exchange, setCookie: () => {} };
    const { text, events } = await rehearse(ctx, async (ctx) => toText(declared, await handle(ctx, input, silent)));
    return { text: `{"dryRun":true,"reply":${text},"events":${JSON.stringify(events)}}` };
  }
  const key = takesKey(declared) ? exchange.headers["idempotency-key"] : undefined;
  if (key === undefined) return { text: await work(ctx) };
  return answerOnce(ctx, { key, request: JSON.stringify([declared.method, path, input]) }, work);
}

/** A reply that does not fit its own schema is a bug, and never sent. */
function toText<R extends Route>(declared: R, reply: ReplyOf<R>): string {
  return JSON.stringify(z.encode(declared.reply as z.ZodType, reply));
}

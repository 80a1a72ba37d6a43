import { hourMs, minuteMs, Refusal } from "@berth/kit";
import { sql } from "kysely";
import { accountOf } from "./actor.ts";
import { type Context, requestTransaction } from "./context.ts";
import { HttpRefusal } from "./problems.ts";
import type { Sweep } from "./sweeps.ts";

/** How long an answer is given again. */
const keptMs = 48 * hourMs;

/** One request of an account, as its key stands for it. */
export interface Keyed {
  readonly key: string;
  /** Route and input: the same key with other ones is refused. */
  readonly request: string;
}

export interface Once {
  readonly text: string;
  readonly isReplay: boolean;
}

/**
 * Does the work once for an account's key. The answer commits in one transaction with what the work did, so a crash leaves
 * both or neither; asked again, it is given again. A refusal is not kept: nothing was done, and the same request may succeed
 * later. What a refused use case committed, as a count of wrong codes, stays.
 */
export async function answerOnce(ctx: Context, keyed: Keyed, work: (ctx: Context) => Promise<string>): Promise<Once> {
  const request = ctx.keys.hash("idempotency.request", keyed.request);
  return requestTransaction(ctx, async (ctx) => {
    await lockKey(ctx, keyed.key);
    const kept = await findKept(ctx, keyed.key);
    if (kept && !kept.request.equals(request)) {
      throw new HttpRefusal(422, "http.key_of_another", "this Idempotency-Key was used for another request");
    }
    if (kept) return { text: ctx.keys.open(placeOf(ctx, keyed.key), kept.reply).toString(), isReplay: true };
    const text = await work(ctx);
    await keep(ctx, { key: keyed.key, request, text });
    return { text, isReplay: false };
  });
}

/** Held until the transaction ends, by whichever request came first. */
async function lockKey(ctx: Context, key: string): Promise<void> {
  const lock = ctx.keys.hash("idempotency.lock", `${accountOf(ctx.actor)} ${key}`).readBigInt64BE();
  const { rows } = await sql<{ held: boolean }>`select pg_try_advisory_xact_lock(${lock}) as held`.execute(ctx.db);
  if (rows[0]?.held) return;
  const message = "a request with this Idempotency-Key is under way; ask again for its answer";
  throw new Refusal("conflict", "http.key_in_flight", message, { retryAfterSeconds: 1 });
}

async function findKept(ctx: Context, key: string) {
  return ctx.db
    .selectFrom("idempotency_keys")
    .selectAll()
    .where("account_id", "=", accountOf(ctx.actor))
    .where("key", "=", key)
    .where("created_at", ">", new Date(ctx.now().getTime() - keptMs))
    .executeTakeFirst();
}

/** An answer too old to be given again, but not swept yet, makes way. */
async function keep(
  ctx: Context,
  { key, request, text }: { key: string; request: Buffer; text: string },
): Promise<void> {
  const kept = { request, reply: ctx.keys.seal(placeOf(ctx, key), text), created_at: ctx.now() };
  await ctx.db
    .insertInto("idempotency_keys")
    .values({ account_id: accountOf(ctx.actor), key, ...kept })
    .onConflict((conflict) => conflict.columns(["account_id", "key"]).doUpdateSet(kept))
    .execute();
}

const placeOf = ({ actor }: Context, key: string) => `idempotency_keys|reply|${accountOf(actor)} ${key}`;

export const idempotencySweep: Sweep = {
  name: "platform.forget_idempotency_keys",
  everyMs: 10 * minuteMs,
  run: ({ db, now }) =>
    db
      .deleteFrom("idempotency_keys")
      .where("created_at", "<=", new Date(now().getTime() - keptMs))
      .execute(),
};

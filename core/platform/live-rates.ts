import { secondMs } from "@berth/kit";
import type { Context } from "./context.ts";
import type { LiveSource, RateFollower, Total } from "./live-topic.ts";

const lookMs = 2 * secondMs;

/**
 * How fast totals grow, as long as somebody looks: one query for all followers of this replica. Totals are the database's, so
 * it does not matter which replica counts.
 */
export class LiveRates {
  readonly #ctx: Context;
  readonly #totals: LiveSource["totals"];
  readonly #followers: () => Iterable<RateFollower>;
  #before = new Map<string, { total: bigint; at: number }>();
  #timer: NodeJS.Timeout | undefined;
  #isLooking = false;

  constructor(ctx: Context, totals: LiveSource["totals"], followers: () => Iterable<RateFollower>) {
    this.#ctx = ctx;
    this.#totals = totals;
    this.#followers = followers;
  }

  /** Somebody began to follow, or stopped. */
  readonly changed = (): void => {
    if (this.#followed().size === 0) this.stop();
    else if (!this.#timer) {
      this.#timer = setInterval(() => void this.look(), lookMs);
      void this.look();
    }
  };

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#before.clear();
  }

  /** Reads the totals once. What fails is tried again at the next turn, over a longer time. */
  async look(): Promise<void> {
    const ids = [...this.#followed()];
    if (this.#isLooking || ids.length === 0) return;
    this.#isLooking = true;
    try {
      const totals = await this.#totals(this.#ctx, ids);
      const rates = this.#ratesOf(totals, performance.now());
      for (const follower of this.#followers()) {
        const followed = new Set(follower.followedRates());
        const own = rates.filter(({ id }) => followed.has(id));
        if (own.length > 0) follower.deliverRates(own);
      }
    } catch (error) {
      this.#ctx.log.debug({ error: (error as Error).message }, "rates not read");
    } finally {
      this.#isLooking = false;
    }
  }

  #followed(): Set<string> {
    return new Set([...this.#followers()].flatMap((follower) => follower.followedRates()));
  }

  /** Of what was seen before. A total that shrank began anew. */
  #ratesOf(totals: readonly Total[], at: number) {
    const before = this.#before;
    this.#before = new Map(totals.map(({ id, total }) => [id, { total, at }]));
    return totals.flatMap(({ id, accountId, total }) => {
      const last = before.get(id);
      if (!last) return [];
      const grown = total > last.total ? Number(total - last.total) : 0;
      return [{ id, accountId, bytesPerSecond: Math.round((grown * secondMs) / Math.max(1, at - last.at)) }];
    });
  }
}

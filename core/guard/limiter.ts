import { isDeepStrictEqual } from "node:util";
import type { LimitKind } from "@berth/api";
import { dayMs, newSecret, secondMs, sleep } from "@berth/kit";
import type { Context } from "../platform/context.ts";
import { isPassing } from "../platform/database.ts";
import { type Decision, type Limit, type Limits, limits as usual } from "./limit.ts";
import { mostOrdinaryMs } from "./settings.ts";
import { Windows } from "./window.ts";
import { findShares, insertShare, isKnownPlace, saveKnownPlace, takeExactly } from "./window-store.ts";

/** How long a place where somebody proved their password keeps tries of its own. */
export const knownMs = 30 * dayMs;

/** How long an ordinary request waits for what other replicas say. */
const mostWaitMs = 100;

/** What is refused stays refused until then, whoever asks: nothing that happens meanwhile makes room. */
const mostRefused = 20_000;

/** The limits of one replica, counted with all others. */
export class Limiter {
  #limits: Limits = usual;
  #byName: ReadonlyMap<string, Limit> = new Map();
  readonly #windows = new Windows();
  readonly #refused = new Map<string, number>();
  readonly #replica = newSecret().slice(0, 12);
  readonly #heard = new Map<string, bigint>();
  #seq = 0n;
  #heardUntil: Date | undefined;
  #sharing: Promise<void> | undefined;
  #aloneUntil = 0;

  constructor(limits: Limits = usual) {
    this.set(limits);
  }

  /** Counts by other limits from now on; what was admitted before still counts. */
  set(limits: Limits): void {
    if (isDeepStrictEqual(limits, this.#limits) && this.#byName.size > 0) return;
    this.#limits = limits;
    // Under another limit there may be room.
    this.#refused.clear();
    const all = Object.values(limits).flatMap(({ address, subject }) => [address, subject]);
    this.#byName = new Map(all.map((limit) => [limit.name, limit]));
  }

  async takeForPlace(ctx: Context, kind: LimitKind, place: string): Promise<Decision> {
    return this.#take(ctx, kind, { limit: this.#limits[kind].address, key: place });
  }

  /** A subject's tries from where it is known are its own: strangers who use up theirs lock nobody out. */
  async takeForSubject(ctx: Context, kind: LimitKind, who: { subject: string; place: string }): Promise<Decision> {
    const { isStrict, subject: limit } = this.#limits[kind];
    const since = new Date(ctx.now().getTime() - knownMs);
    const isKnown = isStrict && (await isKnownPlace(ctx, hashed(ctx, who.subject), hashed(ctx, who.place), since));
    return this.#take(ctx, kind, { limit, key: isKnown ? `${who.subject} ${who.place}` : who.subject });
  }

  async welcome(ctx: Context, who: { subject: string; place: string }): Promise<void> {
    await saveKnownPlace(ctx, hashed(ctx, who.subject), hashed(ctx, who.place));
  }

  async #take(ctx: Context, kind: LimitKind, { limit, key }: { limit: Limit; key: string }): Promise<Decision> {
    const name = `${limit.name} ${hashed(ctx, key)}`;
    const now = ctx.now().getTime();
    if (!this.#limits[kind].isStrict) {
      if (this.#windows.isPressing(limit, name)) await this.#shareSoon(ctx);
      return this.#windows.take(limit, name, now);
    }
    const until = this.#refused.get(name);
    if (until !== undefined && until > now) return { limit, isAdmitted: false, left: 0, waitMs: until - now };
    this.#refused.delete(name);
    const decision = await takeExactly(ctx, limit, name);
    if (!decision.isAdmitted && this.#refused.size < mostRefused) this.#refused.set(name, now + decision.waitMs);
    return decision;
  }

  /** Waits for a share, but not for a database that is slow or away. */
  async #shareSoon(ctx: Context): Promise<void> {
    if (performance.now() < this.#aloneUntil) return;
    const late = new AbortController();
    await Promise.race([this.share(ctx), sleep(mostWaitMs, late.signal).catch(() => {})]);
    late.abort();
  }

  /** Tells the other replicas what this one admitted, and hears what they did. Without the database it goes on alone. */
  share(ctx: Context): Promise<void> {
    this.#sharing ??= this.#share(ctx).finally(() => {
      this.#sharing = undefined;
    });
    return this.#sharing;
  }

  async #share(ctx: Context): Promise<void> {
    const at = ctx.now();
    const told = this.#windows.drain(at.getTime());
    try {
      if (told.keys.length > 0) {
        await insertShare(ctx, { replica: this.#replica, seq: this.#seq, at, ...told });
        this.#seq++;
        told.keys.length = 0;
      }
      await this.#hear(ctx, at);
    } catch (error) {
      this.#windows.untell(told);
      this.#aloneUntil = performance.now() + secondMs;
      if (!isPassing(error)) throw error;
    }
    for (const [name, until] of this.#refused) if (until <= at.getTime()) this.#refused.delete(name);
  }

  async #hear(ctx: Context, now: Date): Promise<void> {
    const since = this.#heardUntil ?? new Date(now.getTime() - mostOrdinaryMs);
    for (const { replica, seq, at, keys, counts } of await findShares(ctx, this.#replica, since)) {
      if (seq <= (this.#heard.get(replica) ?? -1n)) continue;
      this.#heard.set(replica, seq);
      for (const [index, name] of keys.entries()) {
        const limit = this.#byName.get(name.split(" ")[0] as string);
        // A replica whose clock is ahead must not have its word counted for longer.
        const said = { at: Math.min(at.getTime(), now.getTime()), count: counts[index] ?? 0 };
        if (limit) this.#windows.learn(limit, name, said);
      }
    }
    // Looks back some way: another replica's share may be committed late, or its clock be behind.
    this.#heardUntil = new Date(now.getTime() - 10_000);
  }
}

/** What is counted stands in no table as it is: an e-mail address says who somebody is. */
function hashed({ keys }: Context, text: string): string {
  return keys.hash("guard.key", text).toString("base64url").slice(0, 22);
}

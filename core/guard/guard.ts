import type { LimitKind } from "@berth/api";
import { Refusal, secondMs } from "@berth/kit";
import { isLoopback, placeOf, type TrustedProxies } from "../platform/client-address.ts";
import { asSystem, type Context } from "../platform/context.ts";
import { isPassing } from "../platform/database.ts";
import type { SignalKind } from "./ban.ts";
import { Fresh } from "./fresh.ts";
import { type Decision, type Limits, secondsOf } from "./limit.ts";
import { Limiter } from "./limiter.ts";
import { Lists } from "./lists.ts";

import { scoreSignal } from "./score.ts";
import { readLimits } from "./settings.ts";
import { WorkTurns } from "./work-turns.ts";

/** Where a request comes from. */
export interface Origin {
  readonly address: string;
  /** It says that it was passed on, by whomever. */
  readonly isPassedOn: boolean;
}

export interface GuardOptions {
  readonly proxies: TrustedProxies;
  /** Where no others are set: the usual ones unless given. */
  readonly limits?: Limits;
  /** What is this machine itself; loopback unless given. */
  readonly isHere?: (address: string) => boolean;
}

/** How an address stands: as any other, always served, never served, or banned until then. */
type Standing = "served" | "free" | "denied" | Date;

/** What stands before all routes of one replica: lists, bans, limits, turns. */
export class Guard {
  readonly #ctx: Context;
  readonly #proxies: TrustedProxies;
  readonly #isHere: (address: string) => boolean;
  readonly #limiter: Limiter;
  readonly #lists = new Lists();
  readonly #known: Fresh;
  readonly #turns = new WorkTurns();

  constructor(ctx: Context, { proxies, limits, isHere = isLoopback }: GuardOptions) {
    this.#ctx = asSystem(ctx, "guard");
    this.#proxies = proxies;
    this.#isHere = isHere;
    this.#limiter = new Limiter(limits);
    this.#known = new Fresh(() => this.#read(limits));
  }

  /** Lists, bans and the limit of a place. Refuses, or says how the limit stands; nothing for whom none counts. */
  async enter(origin: Origin, kind: LimitKind): Promise<Decision | undefined> {
    const standing = await this.standing(origin);
    if (standing === "free") return undefined;
    if (standing !== "served") throw this.refusalOf(standing);
    return this.takeForPlace(origin, kind);
  }

  async standing(origin: Origin): Promise<Standing> {
    await this.#known.look();
    if (this.#isFree(origin)) return "free";
    if (this.#lists.isDenied(origin.address)) return "denied";
    const until = this.#isHere(origin.address) ? undefined : this.#lists.bannedUntil(origin.address, this.#ctx.now());
    return until ?? "served";
  }

  takeForPlace({ address }: Origin, kind: LimitKind): Promise<Decision> {
    return this.#limiter.takeForPlace(this.#ctx, kind, placeOf(address));
  }

  /** The limit of who is asked for or asks; nothing for whom none counts. */
  async takeFor(subject: string, origin: Origin, kind: LimitKind): Promise<Decision | undefined> {
    if (this.#isFree(origin)) return undefined;
    return this.#limiter.takeForSubject(this.#ctx, kind, { subject, place: placeOf(origin.address) });
  }

  /** Does what may hold connections in its turn, all else at once. */
  inTurn<T>(kind: LimitKind, subject: string, work: () => Promise<T>): Promise<T> {
    return this.#turns.inTurn(kind, subject, work);
  }

  /** Somebody proved their password: from there they have tries of their own. */
  async welcome(subject: string, { address }: Origin): Promise<void> {
    // They are in, whether it can be noted or not.
    await this.#limiter.welcome(this.#ctx, { subject, place: placeOf(address) }).catch((error: unknown) => {
      if (!isPassing(error)) throw error;
    });
  }

  /** Scores what looked like an attack; never of the machine itself, a named proxy or who is always served. */
  async note(kind: SignalKind, subject: string, { address }: Origin): Promise<void> {
    if (this.#isHere(address) || this.#proxies.has(address) || this.#lists.isAllowed(address)) return;
    const hash = this.#ctx.keys.hash("guard.subject", subject).toString("base64url").slice(0, 22);
    try {
      const isBan = await scoreSignal(this.#ctx, { place: placeOf(address), kind, subject: hash });
      if (isBan) this.lookAgain();
    } catch (error) {
      // The request has its answer, whatever becomes of the score; nobody waits for some of them.
      if (isPassing(error) || error instanceof Refusal) return;
      this.#ctx.log.error({ kind, error: (error as Error).stack }, "attack signal not scored");
    }
  }

  lookAgain(): void {
    this.#known.forget();
  }

  async begin(): Promise<void> {
    await this.#known.look();
  }

  /** Without the database, what it knew last stays true. */
  async #read(usual: Limits | undefined): Promise<void> {
    try {
      await this.#lists.read(this.#ctx);
      this.#limiter.set(await readLimits(this.#ctx, usual));
    } catch (error) {
      if (!isPassing(error)) throw error;
    }
  }

  share(): Promise<void> {
    return this.#limiter.share(this.#ctx);
  }

  /**
   * Always served, without limits: who is listed, and the machine itself. What was passed on comes from elsewhere, though: a
   * proxy on this machine that nobody named must not free everybody.
   */
  #isFree({ address, isPassedOn }: Origin): boolean {
    return this.#lists.isAllowed(address) || (this.#isHere(address) && !isPassedOn);
  }

  refusalOf(standing: "denied" | Date): Refusal {
    if (standing === "denied") return new Refusal("forbidden", "guard.denied", "this address is not served");
    const until = standing;
    const retryAfterSeconds = Math.ceil((until.getTime() - this.#ctx.now().getTime()) / secondMs);
    return new Refusal("forbidden", "guard.banned", `this address is banned until ${until.toISOString()}`, {
      until: until.toISOString(),
      retryAfterSeconds,
    });
  }
}

/** Refuses what a limit did not admit. */
export function requireAdmitted(decision: Decision | undefined): void {
  if (!decision || decision.isAdmitted) return;
  const retryAfterSeconds = secondsOf(decision);
  throw new Refusal("exhausted", "guard.too_many", `too many requests; try again in ${retryAfterSeconds} s`, {
    limit: decision.limit.name,
    retryAfterSeconds,
  });
}

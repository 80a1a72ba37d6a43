import type { Duplex } from "node:stream";
import type { streams as api } from "@berth/api";
import { hourMs, minuteMs, Refusal, secondMs } from "@berth/kit";
import type { Context } from "../platform/context.ts";
import { isDatabaseAway } from "../platform/database.ts";

/** Why a flow ended; `ended`: one of its ends did. */
export type Ending = { why: keyof typeof api.streamCodes | "ended"; detail: string };

export interface MeetingOptions {
  readonly id: string;
  readonly nodeId: string;
  readonly secret: string;
  /** The person's end. */
  readonly person: Duplex;
  readonly limits?: Partial<MeetingLimits>;
}

interface MeetingLimits {
  /** A shell or a log that nobody looks at is not left open. */
  readonly idleMs: number;
  readonly longestMs: number;
  /** How long a node may take to come. */
  readonly comeMs: number;
  /** A revoked session or node is out within this and the time of a query. */
  readonly checkMs: number;
}

/** However much goes on in it. */
export const longestMs = 8 * hourMs;

const usual: MeetingLimits = {
  idleMs: 15 * minuteMs,
  longestMs,
  comeMs: 10 * secondMs,
  checkMs: 2 * secondMs,
};

const mostAtAll = 200;

/** How much went through, since it began. */
export interface Moved {
  readonly toNode: number;
  readonly fromNode: number;
}

/** Where the two ends of one flow meet, in this process. It watches both: whichever ends, is late or is revoked ends it. */
export class Meeting {
  readonly options: MeetingOptions;
  readonly #limits: MeetingLimits;
  readonly #over = new AbortController();
  readonly #ending = Promise.withResolvers<Ending>();
  readonly #timers: NodeJS.Timeout[];
  #isTaken = false;
  #movedAt = performance.now();
  #moved: Moved = { toNode: 0, fromNode: 0 };

  constructor(options: MeetingOptions) {
    this.options = options;
    this.#limits = { ...usual, ...options.limits };
    const { longestMs, comeMs, idleMs } = this.#limits;
    this.#timers = [
      setTimeout(() => this.end("late", "it went on for too long"), longestMs),
      setTimeout(() => !this.#isTaken && this.end("unavailable", "the node did not come"), comeMs),
      setInterval(() => this.#checkIdle(), idleMs / 15),
    ];
    for (const event of ["end", "close", "error"]) options.person.once(event, () => this.end("ended", ""));
  }

  /** Aborts when it is over. */
  get signal(): AbortSignal {
    return this.#over.signal;
  }

  get ending(): Promise<Ending> {
    return this.#ending.promise;
  }

  get moved(): Moved {
    return this.#moved;
  }

  /** The node's end is here; there is only one. */
  take(): boolean {
    if (this.#isTaken || this.signal.aborted) return false;
    this.#isTaken = true;
    return true;
  }

  /** Something went through. */
  move({ toNode = 0, fromNode = 0 }: Partial<Moved>): void {
    this.movedTo({ toNode: this.#moved.toNode + toNode, fromNode: this.#moved.fromNode + fromNode });
  }

  /** So much has gone through, as somebody else counts it. It never gets less. */
  movedTo({ toNode, fromNode }: Moved): void {
    const before = this.#moved;
    this.#moved = { toNode: Math.max(before.toNode, toNode), fromNode: Math.max(before.fromNode, fromNode) };
    if (this.#moved.toNode + this.#moved.fromNode > before.toNode + before.fromNode) this.#movedAt = performance.now();
  }

  /** Asks again and again whether this end is still welcome; what throws is not. */
  watch(isWelcome: () => Promise<void>): void {
    const ask = () =>
      isWelcome().catch((error) => {
        if (!isDatabaseAway(error)) this.end("revoked", "this is not permitted any more");
      });
    this.#timers.push(setInterval(ask, this.#limits.checkMs));
  }

  end(why: Ending["why"], detail: string): void {
    if (this.signal.aborted) return;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#ending.resolve({ why, detail });
    this.#over.abort();
  }

  #checkIdle(): void {
    if (performance.now() - this.#movedAt > this.#limits.idleMs) this.end("late", "nothing was said for too long");
  }
}

/** The flows of this process, by id. */
const open = new WeakMap<Context["db"], Map<string, Meeting>>();

function meetings(ctx: Context): Map<string, Meeting> {
  const known = open.get(ctx.db) ?? new Map<string, Meeting>();
  open.set(ctx.db, known);
  return known;
}

/** Opens a flow to which its node has still to come. */
export function openMeeting(ctx: Context, options: MeetingOptions): Meeting {
  const all = meetings(ctx);
  const meeting = new Meeting(options);
  all.set(options.id, meeting);
  void meeting.ending.then(() => all.delete(options.id));
  return meeting;
}

/** Refused when this process has as many flows as it can bear. */
export function requireRoom(ctx: Context): void {
  if (meetings(ctx).size < mostAtAll) return;
  throw new Refusal("exhausted", "streams.too_many", `at most ${mostAtAll} flows at a time at one control`);
}

/** The flow that this node was asked to come to, once. */
export function takeMeeting(ctx: Context, nodeId: string, id: string, secret: string): Meeting {
  const meeting = meetings(ctx).get(id);
  const isOwn = meeting?.options.nodeId === nodeId && meeting.options.secret === secret;
  if (!meeting || !isOwn || !meeting.take()) {
    throw new Refusal("not_found", "streams.not_here", "nobody waits here for this end");
  }
  return meeting;
}

/** Ends every flow of this process. */
export function endMeetings(ctx: Context, detail: string): void {
  for (const meeting of meetings(ctx).values()) meeting.end("unavailable", detail);
}

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
  readonly accountId: string;
  readonly secret: string;
  /** The person's end. */
  readonly person: Duplex;
}

/** A shell or a log that nobody looks at is not left open. */
const idleMs = 15 * minuteMs;
const longestMs = 8 * hourMs;
/** How long a node may take to come. */
const comeMs = 10 * secondMs;
/** A revoked session or node is out within this and the time of a query. */
const checkMs = 2 * secondMs;
const mostPerAccount = 8;
const mostAtAll = 200;

/** Where the two ends of one flow meet, in this process. It watches both: whichever ends, is late or is revoked ends it. */
export class Meeting {
  readonly options: MeetingOptions;
  readonly #over = new AbortController();
  readonly #ending = Promise.withResolvers<Ending>();
  readonly #timers: NodeJS.Timeout[];
  #isTaken = false;
  #movedAt = performance.now();

  constructor(options: MeetingOptions) {
    this.options = options;
    this.#timers = [
      setTimeout(() => this.end("late", "it went on for too long"), longestMs),
      setTimeout(() => !this.#isTaken && this.end("unavailable", "the node did not come"), comeMs),
      setInterval(() => this.#checkIdle(), minuteMs),
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

  /** The node's end is here; there is only one. */
  take(): boolean {
    if (this.#isTaken || this.signal.aborted) return false;
    this.#isTaken = true;
    return true;
  }

  /** Something went through. */
  moved(): void {
    this.#movedAt = performance.now();
  }

  /** Asks again and again whether this end is still welcome; what throws is not. */
  watch(isWelcome: () => Promise<void>): void {
    const ask = () =>
      isWelcome().catch((error) => {
        if (!isDatabaseAway(error)) this.end("revoked", "this is not permitted any more");
      });
    this.#timers.push(setInterval(ask, checkMs));
  }

  end(why: Ending["why"], detail: string): void {
    if (this.signal.aborted) return;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#ending.resolve({ why, detail });
    this.#over.abort();
  }

  #checkIdle(): void {
    if (performance.now() - this.#movedAt > idleMs) this.end("late", "nothing was said for too long");
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
  const own = [...all.values()].filter((meeting) => meeting.options.accountId === options.accountId);
  if (own.length >= mostPerAccount || all.size >= mostAtAll) {
    throw new Refusal("exhausted", "streams.too_many", `at most ${mostPerAccount} flows at a time`);
  }
  const meeting = new Meeting(options);
  all.set(options.id, meeting);
  void meeting.ending.then(() => all.delete(options.id));
  return meeting;
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
export function endMeetings(ctx: Context): void {
  for (const meeting of meetings(ctx).values()) meeting.end("unavailable", "control is stopping");
}

import { type Decision, type Limit, toDecision } from "./limit.ts";

/** What other replicas admitted, as they said it: later than it was, so it is never forgotten too early. */
interface Share {
  readonly at: number;
  readonly count: number;
}

interface Entry {
  limit: Limit;
  /** When this replica admitted, oldest first. */
  times: number[];
  others: Share[];
  /** How many of the newest of `times` the other replicas were not told of. */
  untold: number;
}

/** How many callers are remembered; of more, those are forgotten that were quiet the longest. */
const mostEntries = 20_000;

/** Whoever is under this part of a limit is far from it, and not worth telling others of. */
const worthTelling = 1 / 100;
/** Whoever is over this part of it may come to its end at once: then nobody waits long to tell of this part more. */
const nearby = 1 / 2;
const pressing = 1 / 200;

/**
 * Ordinary limits, counted in memory: an exact log of what this replica admitted, and what the others say they did. So a
 * request costs no statement, and one replica alone errs by nothing. Several tell each other twice a second, and of whoever
 * is near a limit after every two hundredth of it: so each of them admits at most so much that the others do not know of.
 */
export class Windows {
  readonly #entries = new Map<string, Entry>();

  take(limit: Limit, key: string, now: number): Decision {
    const entry = this.#entryOf(limit, key);
    forget(entry, now);
    const decision = decide(entry, now);
    if (decision.isAdmitted) {
      entry.times.push(now);
      entry.untold++;
    }
    return decision;
  }

  /** Whether the other replicas should be told and heard before this caller is decided on. */
  isPressing({ most }: Limit, key: string): boolean {
    const entry = this.#entries.get(key);
    if (!entry || entry.untold < Math.max(1, most * pressing)) return false;
    return entry.times.length + heardOf(entry) >= most * nearby;
  }

  /** What the other replicas do not know yet; counted as told. */
  drain(now: number, most = 5_000): { keys: string[]; counts: number[] } {
    const told = { keys: [] as string[], counts: [] as number[] };
    for (const [key, entry] of this.#entries) {
      if (told.keys.length === most) break;
      if (entry.untold === 0) continue;
      forget(entry, now);
      if (entry.times.length < entry.limit.most * worthTelling) continue;
      const count = Math.min(entry.untold, entry.times.length);
      entry.untold = 0;
      told.keys.push(key);
      told.counts.push(count);
    }
    return told;
  }

  /** What a drain gave out did not arrive. */
  untell({ keys, counts }: { keys: readonly string[]; counts: readonly number[] }): void {
    for (const [index, key] of keys.entries()) {
      const entry = this.#entries.get(key);
      if (entry) entry.untold += counts[index] ?? 0;
    }
  }

  /** Counts what another replica admitted. */
  learn(limit: Limit, key: string, share: Share): void {
    this.#entryOf(limit, key).others.push(share);
  }

  /** What is known of a caller, who now is the last to be forgotten. The limit may be another one than before. */
  #entryOf(limit: Limit, key: string): Entry {
    const entry = this.#entries.get(key) ?? { limit, times: [], others: [], untold: 0 };
    entry.limit = limit;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    if (this.#entries.size > mostEntries) this.#entries.delete(this.#entries.keys().next().value as string);
    return entry;
  }
}

const heardOf = ({ others }: Entry) => others.reduce((sum, { count }) => sum + count, 0);

function decide(entry: Entry, now: number): Decision {
  const { limit, times, others } = entry;
  const taken = times.length + heardOf(entry);
  if (taken < limit.most) {
    const oldest = Math.min(times[0] ?? now, others[0]?.at ?? now);
    return { limit, isAdmitted: true, left: limit.most - taken - 1, waitMs: oldest + limit.windowMs - now };
  }
  const all = [...others.flatMap(({ at, count }) => Array<number>(count).fill(at)), ...times].sort((a, b) => a - b);
  return toDecision(limit, all, now, false);
}

/** Drops what no longer counts: a clock that only goes on lets the oldest go first. */
function forget(entry: Entry, now: number): void {
  const since = now - entry.limit.windowMs;
  let gone = 0;
  while (gone < entry.times.length && (entry.times[gone] as number) <= since) gone++;
  if (gone > 0) entry.times = entry.times.slice(gone);
  if (entry.others.some(({ at }) => at <= since)) entry.others = entry.others.filter(({ at }) => at > since);
  entry.untold = Math.min(entry.untold, entry.times.length);
}

import type { Knock } from "./room.ts";

const mostKeysPerRoom = 50;
const mostWaiting = 1_000;
const repeatAfterMs = 10_000;

/**
 * Unregistered keys that asked, until somebody takes them. Anybody can make keys, so all is bounded: per room 50 keys within ten
 * seconds, each reported once in that time; what is more is forgotten.
 */
export class Knocks {
  readonly #seen = new Map<string, Map<string, number>>();
  readonly #waiting = new Map<string, Knock>();
  readonly #onKnock: () => void;

  /** `onKnock` is called for the first knock after each `take`. */
  constructor(onKnock: () => void) {
    this.#onKnock = onKnock;
  }

  add(knock: Knock): void {
    if (!this.#isNews(knock)) return;
    const isFirst = this.#waiting.size === 0;
    const name = `${knock.instanceId} ${knock.key}`;
    this.#waiting.delete(name); // the newest last, so that the oldest is the one to give way
    this.#waiting.set(name, knock);
    for (const [oldest] of this.#waiting) {
      if (this.#waiting.size <= mostWaiting) break;
      this.#waiting.delete(oldest);
    }
    if (isFirst) this.#onKnock();
  }

  take(): Knock[] {
    const taken = [...this.#waiting.values()];
    this.#waiting.clear();
    return taken;
  }

  /** For a room that is gone. */
  forget(instanceId: string): void {
    this.#seen.delete(instanceId);
  }

  #isNews({ instanceId, key, at }: Knock): boolean {
    const seen = this.#seen.get(instanceId) ?? new Map<string, number>();
    this.#seen.set(instanceId, seen);
    const last = seen.get(key);
    if (last !== undefined && at.getTime() - last < repeatAfterMs) return false;
    if (seen.size >= mostKeysPerRoom) forgetOld(seen, at.getTime());
    if (seen.size >= mostKeysPerRoom && last === undefined) return false;
    seen.set(key, at.getTime());
    return true;
  }
}

function forgetOld(seen: Map<string, number>, nowMs: number): void {
  for (const [key, last] of seen) if (nowMs - last >= repeatAfterMs) seen.delete(key);
}

import type { AgentMessageInit } from "@berth/link";
import type { Knock } from "@berth/offering";

/** Kept while control is away; the oldest go first. */
const knocksMost = 1_000;
/** Per message, of which there is one every 250 ms at most: a flood of strangers stays a trickle on the link. */
const perMessage = 50;

/** Knocks on their way to control. A key that knocks again and again at one instance is told once per message. */
export class Knocks {
  readonly #waiting = new Map<string, Knock>();

  add(knocks: readonly Knock[]): void {
    for (const knock of knocks) {
      const key = `${knock.instanceId}\0${knock.key}`;
      this.#waiting.delete(key); // so that it moves to the end
      this.#waiting.set(key, knock);
    }
    for (const key of this.#waiting.keys()) {
      if (this.#waiting.size <= knocksMost) break;
      this.#waiting.delete(key);
    }
  }

  get size(): number {
    return this.#waiting.size;
  }

  next(): AgentMessageInit | undefined {
    if (this.#waiting.size === 0) return undefined;
    const knocks = [...this.#waiting].slice(0, perMessage).map(([id, { instanceId, key, address, at }]) => {
      this.#waiting.delete(id);
      return { instanceId, key, address, atMs: BigInt(at.getTime()) };
    });
    return { message: { case: "knocks", value: { knocks } } };
  }
}

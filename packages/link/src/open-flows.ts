import { Refusal } from "@berth/kit";
import type { Method } from "./gate.ts";

/** How many calls of a node may be open at once: one `Sync` and the one that replaces it, and each flow's `Stream`. */
const most: Partial<Record<Method, number>> = { Sync: 2, Stream: 64 };

/** The calls that are open, by node. */
export class OpenFlows {
  readonly #open = new Map<string, number>();

  /** Returns how to take it out again, or refuses one too many. */
  add(method: Method, nodeId: string): () => void {
    const key = `${method} ${nodeId}`;
    const count = this.#open.get(key) ?? 0;
    if (count >= (most[method] ?? Number.POSITIVE_INFINITY)) {
      throw new Refusal("exhausted", "link.too_many_streams", `${count} of these are open for this node already`);
    }
    this.#open.set(key, count + 1);
    return () => {
      const left = (this.#open.get(key) ?? 1) - 1;
      if (left > 0) this.#open.set(key, left);
      else this.#open.delete(key);
    };
  }
}

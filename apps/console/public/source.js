// @ts-check
/** @import { Problem } from "./api.js" */
import { toProblem } from "./problem.js";

/**
 * Something that is loaded again and again. What came last stays while a later try fails.
 * @template Data
 */
export class Source {
  /** @type {Data | undefined} */
  data;
  /** @type {Problem | undefined} */
  problem;
  /** When `data` came. @type {number | undefined} */
  at;
  #asked = 0;
  #answered = 0;
  #dueAt = 0;
  #load;
  #everyMs;

  /**
   * @param {() => Promise<Data>} load
   * @param {{ everyMs?: number }} [options]
   */
  constructor(load, { everyMs = 0 } = {}) {
    this.#load = load;
    this.#everyMs = everyMs;
  }

  /** Loads now. An answer that was overtaken by a later one is dropped. */
  async load() {
    const turn = ++this.#asked;
    this.#dueAt = Date.now() + this.#everyMs;
    try {
      const data = await this.#load();
      if (turn < this.#answered) return;
      this.#answered = turn;
      this.data = data;
      this.at = Date.now();
      this.problem = undefined;
    } catch (error) {
      if (turn > this.#answered) this.problem = toProblem(error);
    }
  }

  /** Loads if its time has come. */
  async loadIfDue() {
    if (Date.now() >= this.#dueAt || this.problem) await this.load();
  }
}

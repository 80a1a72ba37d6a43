import type { AgentMessageInit } from "@berth/link";
import type { InstancePhase } from "./converge.ts";

/** Per message. */
const phasesMost = 1_000;

/** What is known of every instance, by offering, and what one stream has told of it. */
export class Phases {
  readonly #known = new Map<string, readonly InstancePhase[]>();
  #told = new Map<string, string>();
  onChange: () => void = () => undefined;

  /** All that a driver knows, whole. */
  set(offering: string, phases: readonly InstancePhase[]): void {
    this.#known.set(offering, phases);
    this.onChange();
  }

  /** A new stream: everything is told again. */
  restart(): void {
    this.#told = new Map();
  }

  /** What changed since it was last told. */
  *news(): Generator<AgentMessageInit> {
    const told = new Map<string, string>();
    const changed: InstancePhase[] = [];
    for (const phase of [...this.#known.values()].flat()) {
      const text = `${phase.generation} ${phase.phase} ${phase.reason}`;
      if (this.#told.get(phase.instanceId) !== text) changed.push(phase);
      told.set(phase.instanceId, text);
    }
    this.#told = told;
    for (let from = 0; from < changed.length; from += phasesMost) {
      yield { message: { case: "phases", value: { phases: changed.slice(from, from + phasesMost) } } };
    }
  }
}

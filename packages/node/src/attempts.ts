import { backoffMs, minuteMs, Refusal, secondMs } from "@berth/kit";

/** An instance that could not be changed, or that the driver lost. */
interface Failure {
  /** "": lost, which is no failure yet. */
  readonly reason: string;
  /** Of what was wanted; "" for a removal. */
  readonly version: string;
  readonly attempts: number;
  /** In the time of `performance.now()`; infinite while an attempt is under way. */
  readonly retryAtMs: number;
}

const driverFailed = "driver_failed";
/** A driver's process that restarts fails an attempt or two; that is not worth telling. */
const patience = 3;

/** What failed, why, and when it is tried again. What is wanted anew is tried at once. */
export class Failures {
  readonly #failures = new Map<string, Failure>();

  /** The attempt failed. */
  add(id: string, version: string, error: unknown): { reason: string; attempts: number } {
    const attempts = this.#attempts(id, version) + 1;
    const reason = toReason(error);
    this.#set(id, { reason, version, attempts, retryAtMs: performance.now() + waitMs(attempts) });
    return { reason, attempts };
  }

  /** What was applied does not run. The first time it is applied again at once: its process may just have come back. */
  lose(id: string, version: string): void {
    const before = this.#failures.get(id);
    if (before?.version === version && before.retryAtMs !== Number.POSITIVE_INFINITY) return; // it waits already
    const attempts = this.#attempts(id, version) + 1;
    const retryAtMs = performance.now() + (attempts === 1 ? 0 : waitMs(attempts - 1));
    this.#set(id, { reason: before?.reason ?? "", version, attempts, retryAtMs });
  }

  start(id: string): void {
    const failure = this.#failures.get(id);
    if (failure) this.#set(id, { ...failure, retryAtMs: Number.POSITIVE_INFINITY });
  }

  clear(id: string): void {
    this.#failures.delete(id);
  }

  /** Everything may be tried again at once: what stood in the way may be gone. */
  forgive(): void {
    for (const [id, failure] of this.#failures) {
      if (failure.retryAtMs !== Number.POSITIVE_INFINITY) this.#set(id, { ...failure, retryAtMs: 0 });
    }
  }

  keepOnly(matters: (id: string) => boolean): void {
    for (const id of this.#failures.keys()) if (!matters(id)) this.#failures.delete(id);
  }

  reasonOf(id: string, version: string): string | undefined {
    const failure = this.#failures.get(id);
    if (failure?.version !== version || failure.reason === "") return undefined;
    return failure.reason === driverFailed && failure.attempts < patience ? undefined : failure.reason;
  }

  isDue(id: string, version: string): boolean {
    const failure = this.#failures.get(id);
    return !failure || failure.version !== version || failure.retryAtMs <= performance.now();
  }

  /** Milliseconds until the next retry; absent: nothing waits for one. */
  nextMs(): number | undefined {
    const next = Math.min(...[...this.#failures.values()].map(({ retryAtMs }) => retryAtMs));
    return next === Number.POSITIVE_INFINITY ? undefined : Math.max(0, next - performance.now());
  }

  #attempts(id: string, version: string): number {
    const before = this.#failures.get(id);
    return before?.version === version ? before.attempts : 0;
  }

  #set(id: string, failure: Failure): void {
    this.#failures.set(id, failure);
  }
}

function waitMs(attempts: number): number {
  return backoffMs(attempts - 1, { firstMs: secondMs, mostMs: minuteMs });
}

const reasons = ["port_in_use", "bad_spec"];

/** One of a closed list, from the end of a refusal's code. */
function toReason(error: unknown): string {
  const reason = error instanceof Refusal ? (error.code.split(".").at(-1) ?? "") : "";
  return reasons.includes(reason) ? reason : driverFailed;
}

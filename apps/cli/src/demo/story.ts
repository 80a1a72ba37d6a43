import { sleep } from "@berth/kit";

/** Tells what happens, with the time since the beginning; a promise that does not hold ends the demo. */
export class Story {
  readonly #startedAt = performance.now();
  #kept = 0;

  chapter(title: string): void {
    process.stdout.write(`\n${title}\n`);
  }

  tell(line: string): void {
    const seconds = ((performance.now() - this.#startedAt) / 1_000).toFixed(2).padStart(7);
    process.stdout.write(`${seconds} s  ${line}\n`);
  }

  /** Tells what holds. Throws when it does not. */
  promise(holds: boolean, line: string): void {
    if (!holds) throw new Error(`this does not hold: ${line}`);
    this.#kept += 1;
    this.tell(`✓ ${line}`);
  }

  get kept(): number {
    return this.#kept;
  }
}

/** Asks again until there is an answer; throws when `withinMs` is over. Returns it with the milliseconds it took. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined | false>,
  withinMs = 10_000,
): Promise<{ value: T; ms: number }> {
  const startedAt = performance.now();
  for (;;) {
    const value = await ask();
    const ms = Math.round(performance.now() - startedAt);
    if (value !== undefined && value !== false) return { value, ms };
    if (ms > withinMs) throw new Error(`${what}: not within ${withinMs} ms`);
    await sleep(25);
  }
}

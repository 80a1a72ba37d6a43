import { secondMs, sleep } from "@berth/kit";

/** So many at once, and so many a second on average. */
export interface Pace {
  readonly burst: number;
  readonly perSecond: number;
}

/** What time is, and how to let it pass. */
export interface Waiting {
  now(): number;
  wait(ms: number): Promise<void>;
}

const real: Waiting = { now: () => performance.now(), wait: sleep };

/** The same values, no faster than this. Nothing is lost: what is not read yet fills the connection, and its sender waits. */
export async function* paced<T>(
  source: AsyncIterable<T>,
  { burst, perSecond }: Pace,
  { now, wait }: Waiting = real,
): AsyncGenerator<T> {
  let left = burst;
  let at = now();
  for await (const value of source) {
    left = Math.min(burst, left + ((now() - at) * perSecond) / secondMs);
    at = now();
    if (left < 1) {
      await wait(Math.ceil(((1 - left) * secondMs) / perSecond));
      left += ((now() - at) * perSecond) / secondMs;
      at = now();
    }
    left -= 1;
    yield value;
  }
}

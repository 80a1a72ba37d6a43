import { backoffMs, secondMs } from "@berth/kit";

export interface Loop {
  /** Another round soon; requests that come together are one round. */
  request(): void;
  /** Returns when the round under way, if any, has ended. */
  close(): Promise<void>;
}

export interface LoopOptions {
  readonly round: () => Promise<void>;
  /** Without requests there is a round this often, or sooner if `soonerMs` says so. */
  readonly everyMs: number;
  readonly soonerMs: () => number | undefined;
  readonly onError: (error: unknown) => void;
}

/** Requests wait this long for company: a hundred instances that started make one round, not a hundred. */
const togetherMs = 20;

/** Calls `round` again and again, one at a time. A round that throws is repeated with backoff. */
export function startLoop({ round, everyMs, soonerMs, onError }: LoopOptions): Loop {
  let timer: NodeJS.Timeout | undefined;
  let dueAtMs = Number.POSITIVE_INFINITY;
  let underWay: Promise<void> | undefined;
  let isRequested = false;
  let isClosed = false;
  let failures = 0;

  function schedule(ms: number): void {
    const atMs = performance.now() + ms;
    if (isClosed || atMs >= dueAtMs) return;
    clearTimeout(timer);
    dueAtMs = atMs;
    timer = setTimeout(() => {
      dueAtMs = Number.POSITIVE_INFINITY;
      underWay = go();
    }, ms);
  }

  async function go(): Promise<void> {
    isRequested = false;
    try {
      await round();
      failures = 0;
    } catch (error) {
      failures++;
      if (!isClosed) onError(error);
    }
    underWay = undefined;
    schedule(nextMs());
  }

  function nextMs(): number {
    if (failures > 0) return backoffMs(failures - 1, { firstMs: 200, mostMs: 10 * secondMs });
    return isRequested ? togetherMs : Math.min(everyMs, soonerMs() ?? everyMs);
  }

  schedule(0);
  return {
    request() {
      isRequested = true;
      if (!underWay) schedule(togetherMs);
    },
    async close() {
      isClosed = true;
      clearTimeout(timer);
      await underWay;
    },
  };
}

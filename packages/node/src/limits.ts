/** Runs at most `most` pieces of work at a time, in the order they came. */
export function limitTo(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      // The place is handed on: nobody who comes in between can take it.
      if (next) next();
      else running--;
    }
  };
}

/** The work's outcome, or an error when it takes longer. The work is told by its signal, and left behind. */
export async function withTimeout<T>(
  ms: number,
  stop: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  stop.throwIfAborted();
  const timer = setTimeout(() => late.abort(new Error(`took longer than ${ms} ms`)), ms);
  const signal = AbortSignal.any([stop, late.signal]);
  try {
    return await Promise.race([
      work(signal),
      new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true })),
    ]);
  } finally {
    clearTimeout(timer);
  }
}

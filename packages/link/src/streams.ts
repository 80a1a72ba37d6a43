/** The same values until the signal aborts; then it ends, whatever the source is doing. */
export async function* untilAborted<T>(signal: AbortSignal, source: AsyncIterable<T>): AsyncGenerator<T, void, void> {
  const iterator = source[Symbol.asyncIterator]();
  // One listener and one slot, not `Promise.race` with a promise that lives as long as the stream: each race would
  // leave a reaction there, and streams live for days.
  let stop: (end: undefined) => void = () => undefined;
  const onAbort = () => stop(undefined);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    while (!signal.aborted) {
      const next = await new Promise<IteratorResult<T> | undefined>((resolve, reject) => {
        stop = resolve;
        iterator.next().then(resolve, reject);
      });
      if (!next || next.done) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
    // Not awaited: a source that is stuck must not hold up the end.
    iterator.return?.().catch(() => undefined);
  }
}

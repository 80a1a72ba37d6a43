import type { Writable } from "node:stream";

/**
 * Writes; resolves when there is room for more, and as well when there never will be: one that has ended keeps nobody waiting.
 */
export function give(sink: Writable, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
  if (!sink.writable || signal.aborted || sink.write(bytes)) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      for (const event of ["drain", "close", "error"]) sink.off(event, done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    for (const event of ["drain", "close", "error"]) sink.on(event, done);
    signal.addEventListener("abort", done, { once: true });
  });
}

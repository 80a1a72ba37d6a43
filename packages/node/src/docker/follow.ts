import { backoffMs, secondMs, sleep } from "@berth/kit";
import type { Engine } from "./engine.ts";

/** Calls back when containers may have changed: at every event, and when the engine went away or came back. */
export function follow(engine: Pick<Engine, "events">, onChange: () => void): () => void {
  const stopping = new AbortController();
  const { signal } = stopping;

  async function followOnce(): Promise<void> {
    const events = await engine.events(signal);
    attempts = 0;
    onChange();
    try {
      for await (const _ of events) onChange();
    } finally {
      if (!signal.aborted) onChange();
    }
  }

  let attempts = 0;
  async function run(): Promise<void> {
    while (!signal.aborted) {
      await followOnce().catch(() => {}); // whatever it was: the engine is asked again
      if (signal.aborted) return;
      await sleep(backoffMs(attempts++, { firstMs: 100, mostMs: 2 * secondMs }), signal).catch(() => {});
    }
  }

  void run();
  return () => stopping.abort();
}

import { secondMs, sleep } from "@berth/kit";
import type { ExpectEnds, RestartRelay } from "@berth/node";
import { RelayClient } from "@berth/relay";

/** Somebody waits for the answer, and has another way when there is none. */
const answerMs = 1.5 * secondMs;

/** How this node's relay is told that two ends will come. */
export function expectEndsAt(socketPath: string): ExpectEnds {
  return async (ticketHash, until) => {
    const relay = new RelayClient({ socketPath, timeoutMs: answerMs });
    try {
      return await relay.expect(ticketHash, until);
    } finally {
      relay.close();
    }
  };
}

/** Of which version this node's relay is. */
export function relayVersionAt(socketPath: string): () => Promise<string> {
  return async () => {
    const relay = new RelayClient({ socketPath, timeoutMs: answerMs });
    try {
      return await relay.version();
    } finally {
      relay.close();
    }
  };
}

const lookMs = 100;

/** How this node's relay is restarted: it ends by itself, and whoever keeps it running starts the next one. */
export function restartRelayAt(socketPath: string): RestartRelay {
  return async (signal, progress) => {
    const relay = new RelayClient({ socketPath });
    try {
      const { run } = await relay.counters(signal);
      progress(20, "the relay tells its clients");
      await relay.restart(signal);
      progress(50, "waiting for the next relay");
      return { restarted: true, run: await nextRun(relay, run, signal) };
    } finally {
      relay.close();
    }
  };
}

async function nextRun(relay: RelayClient, before: string, signal: AbortSignal): Promise<string> {
  for (;;) {
    const report = await relay.counters(signal).catch(() => undefined); // between two relays there is none
    if (report && report.run !== before) return report.run;
    await sleep(lookMs, signal);
  }
}

import { secondMs } from "@berth/kit";
import type { ExpectEnds } from "@berth/node";
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

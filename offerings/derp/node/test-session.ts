import { newKeyPair } from "@berth/derp";
import type { Session } from "@berth/offering/conformance";
import type { DerpClient } from "@berth/relay";

const packetBytes = 500;

/** Sends to a key that nobody has: it is counted all the same. */
export function toSession(client: DerpClient): Session {
  let isAlive = true;
  const ended = new Promise<void>((resolve) => {
    client.once("close", () => {
      isAlive = false;
      resolve();
    });
  });
  const nobody = newKeyPair().publicKey;
  return {
    use: async (bytes) => {
      for (let left = bytes; left > 0; left -= packetBytes) {
        client.send(nobody, Buffer.alloc(Math.min(left, packetBytes)));
      }
      await client.ping().catch(() => ended); // the answer comes after all before it was counted, or never
    },
    isAlive: () => isAlive,
    ended: () => ended,
    leave: () => client.close(),
  };
}

import type { Context } from "../platform/context.ts";
import { transaction } from "../platform/context.ts";
import { notify } from "../platform/notify.ts";
import type { Sweep } from "../platform/sweeps.ts";
import { chainStart, sealHash } from "./event.ts";
import { signHead, signingKey } from "./signing-key.ts";
import { insertHead, insertSeals, lastSeal, lockChain, type Seal, unsealedEvents } from "./store.ts";

const batchSize = 1_000;

/**
 * Tells every replica that there are events with new positions. Sent once per batch, not with each event: a NOTIFY makes
 * commits wait for one another, and live views need the position anyway.
 */
export const sealedChannel = "events_sealed";

/**
 * Gives committed events their position and hash, and signs the new head. Fenced by the lock and its transaction: whoever
 * lost it commits nothing. Returns how many it sealed.
 */
export async function sealEvents(ctx: Context): Promise<number> {
  return transaction(ctx, async (ctx) => {
    await lockChain(ctx);
    const events = await unsealedEvents(ctx, batchSize);
    if (events.length === 0) return 0;

    const last = await lastSeal(ctx);
    let position = last?.position ?? 0n;
    let hash: Buffer = last?.hash ?? chainStart;
    const seals: Seal[] = [];
    for (const event of events) {
      position += 1n;
      hash = sealHash(hash, position, event);
      seals.push({ position, event_id: event.id, hash });
    }
    await insertSeals(ctx, seals);
    const key = await signingKey(ctx);
    const signature = signHead(key, position, hash);
    await insertHead(ctx, { position, hash, public_key: key.publicKey, signature, signed_at: ctx.now() });
    await notify(ctx, sealedChannel, position.toString());
    return events.length;
  });
}

export const sealSweep: Sweep = {
  name: "audit.seal",
  everyMs: 500,
  run: async (ctx) => {
    while ((await sealEvents(ctx)) === batchSize) {
      // A full batch means that more is waiting.
    }
  },
};

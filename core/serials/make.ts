import type { InputOf, ReplyOf, serials } from "@berth/api";
import { newId, Refusal } from "@berth/kit";
import { record } from "../audit/index.ts";
import { getPlan } from "../catalogue/index.ts";
import { accountOf } from "../platform/actor.ts";
import { type Context, transaction } from "../platform/context.ts";
import { type Batch, toBatch } from "./batch.ts";
import { newCode, normalise, prefixOf } from "./code.ts";
import { getBatch, insertBatch, insertSerials, markPaid, markRevoked } from "./store.ts";
import { missingNodes } from "./views.ts";

/** Makes a batch. Only keyed hashes stay; the codes are in this answer and nowhere else. */
export async function makeBatch(
  ctx: Context,
  input: InputOf<typeof serials.createBatch>,
): Promise<ReplyOf<typeof serials.createBatch>> {
  const redeemBy = new Date(input.redeemBy);
  if (redeemBy <= ctx.now()) throw new Refusal("invalid", "serials.redeem_by_past", "the redeem-by date has passed");
  return transaction(ctx, async (ctx) => {
    const plan = await getPlan(ctx, input.planId);
    const [missing] = await missingNodes(ctx, input.nodeIds);
    if (missing) throw new Refusal("not_found", "serials.no_such_node", `no node ${missing} to bind these serials to`);
    const now = ctx.now();
    const batchId = newId("batch", now);
    const codes = Array.from({ length: input.count }, newCode);
    await insertBatch(ctx, {
      id: batchId,
      plan_id: plan.id,
      name: input.name,
      count: input.count,
      redeem_by: redeemBy,
      payment: input.payment,
      node_ids: input.nodeIds,
      made_by: accountOf(ctx.actor),
      created_at: now,
    });
    const rows = codes.map((code) => {
      const plain = normalise(code) as string;
      return {
        id: newId("serial", now),
        batch_id: batchId,
        hash: ctx.keys.hash("serial", plain),
        prefix: prefixOf(plain),
        state: "unused" as const,
        redeemed_by: null,
        redeemed_at: null,
      };
    });
    await insertSerials(ctx, rows);
    await record(ctx, { name: "serials.batch_made", data: { batchId, planId: plan.id, count: input.count } });
    return { batch: toBatch(await getBatch(ctx, batchId)), codes };
  });
}

/** A pending batch is paid: its serials redeem from now on. Saying it twice changes nothing. */
export async function settleBatch(ctx: Context, batchId: string): Promise<Batch> {
  return transaction(ctx, async (ctx) => {
    if (await markPaid(ctx, batchId)) await record(ctx, { name: "serials.batch_settled", data: { batchId } });
    return toBatch(await getBatch(ctx, batchId));
  });
}

/** Revokes a batch's unused serials; used ones keep their leases. */
export async function revokeBatch(ctx: Context, batchId: string): Promise<Batch> {
  return transaction(ctx, async (ctx) => {
    const count = await markRevoked(ctx, { batchId });
    if (count > 0) await record(ctx, { name: "serials.batch_revoked", data: { batchId, count } });
    return toBatch(await getBatch(ctx, batchId));
  });
}

/** Revokes one unused serial. */
export async function revokeSerial(ctx: Context, serialId: string): Promise<void> {
  await transaction(ctx, async (ctx) => {
    if ((await markRevoked(ctx, { serialId })) === 0) {
      throw new Refusal("conflict", "serials.not_unused", "only an unused serial can be revoked");
    }
    await record(ctx, { name: "serials.revoked", data: { serialId } });
  });
}

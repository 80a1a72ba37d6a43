import { newId, Refusal } from "@berth/kit";
import {
  addressOf,
  bumpRevision,
  type Chosen,
  chooseNodes,
  getNode,
  giveRoomBack,
  type NodeRow,
} from "../fleet/index.ts";
import type { Context } from "../platform/context.ts";
import { getOffering } from "../platform/offerings.ts";
import { freePort, insertInstance, nextGeneration } from "./instance-store.ts";
import { type LeaseRow, slice } from "./lease.ts";

/** Gives a lease its instances, each on another node and in another region while there are enough. Returns how many. */
export async function placeInstances(ctx: Context, lease: LeaseRow): Promise<number> {
  const offering = getOffering(ctx.offerings, lease.kind);
  const wanted = offering.demand(offering.options.parse(lease.options));
  const chosen = await chooseNodes(ctx, wanted.instances, {
    kind: lease.kind,
    regions: lease.regions,
    nodeIds: lease.node_ids,
  });
  let placed = 0;
  for (const [slot, choice] of chosen.entries()) {
    const node = await getNode(ctx, choice.nodeId);
    if (await placeInstance(ctx, lease, { node, slot, choice, of: chosen.length })) placed += 1;
    else await giveRoomBack(ctx, node.id);
  }
  if (placed > 0) return placed;
  throw new Refusal(
    "exhausted",
    "leases.no_capacity",
    `no node has room for ${lease.kind} now; your serial is unused`,
    {
      kind: lease.kind,
    },
  );
}

interface Slot {
  readonly node: NodeRow;
  readonly slot: number;
  readonly choice: Chosen;
  readonly of: number;
}

async function placeInstance(ctx: Context, lease: LeaseRow, { node, slot, choice, of }: Slot): Promise<boolean> {
  const address = addressOf(node);
  const port = await freePort(ctx, node.id, node.port_from, node.port_to);
  if (!address || port === undefined) return false;
  const now = ctx.now();
  const id = newId("instance", now);
  const secrets = await getOffering(ctx.offerings, lease.kind).makeSecrets({ address, now });
  await insertInstance(ctx, {
    id,
    lease_id: lease.id,
    node_id: node.id,
    slot,
    kind: lease.kind,
    generation: await nextGeneration(ctx),
    port,
    secrets: ctx.keys.seal(secretsPlace(id), JSON.stringify(secrets)),
    desired: "running",
    phase: "pending",
    phase_reason: null,
    phase_at: now,
    revision: await bumpRevision(ctx, node.id),
    used_bytes: 0n,
    ceiling_bytes: lease.traffic_bytes === null ? null : slice(lease.traffic_bytes - lease.used_bytes, of),
    placement: { ...choice.why, refused: choice.refused },
    created_at: now,
    released_at: null,
  });
  return true;
}

export const secretsPlace = (instanceId: string) => `instances|secrets|${instanceId}`;

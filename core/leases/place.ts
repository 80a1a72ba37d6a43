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
import { type InstanceRow, type LeaseRow, slice } from "./lease.ts";

/** Gives a lease its instances, each on another node and in another region while there are enough. Returns how many. */
export async function placeInstances(ctx: Context, lease: LeaseRow): Promise<number> {
  const placed = await fillSlots(ctx, lease, []);
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

/** Places instances in the slots that `present` ones leave free, as far as there is room. Returns how many. */
export async function fillSlots(ctx: Context, lease: LeaseRow, present: readonly InstanceRow[]): Promise<number> {
  const offering = getOffering(ctx.offerings, lease.kind);
  const { instances } = offering.demand(offering.options.parse(lease.options));
  const slots = Array.from({ length: instances }, (_, slot) => slot);
  const free = slots.filter((slot) => !present.some((instance) => instance.slot === slot));
  if (free.length === 0) return 0;
  const taken = await Promise.all(present.map(({ node_id }) => getNode(ctx, node_id)));
  const chosen = await chooseNodes(ctx, free.length, {
    kind: lease.kind,
    regions: lease.regions,
    nodeIds: lease.node_ids,
    takenRegions: taken.map(({ region }) => region),
    takenNodeIds: taken.map(({ id }) => id),
  });
  let placed = 0;
  for (const [index, choice] of chosen.entries()) {
    const [node, slot] = [await getNode(ctx, choice.nodeId), free[index] as number];
    if (await placeInstance(ctx, lease, { node, slot, choice, of: present.length + chosen.length })) placed += 1;
    else await giveRoomBack(ctx, node.id);
  }
  return placed;
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
    held_for: null,
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

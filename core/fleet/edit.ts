import type { fleet as api, InputOf, ReplyOf } from "@berth/api";
import { Refusal } from "@berth/kit";
import { record } from "../audit/index.ts";
import { may } from "../platform/actor.ts";
import { type Context, transaction } from "../platform/context.ts";
import { type NodeRow, toNode } from "./node.ts";
import { lockPresentNode, updateNode } from "./store.ts";

type Edit = InputOf<typeof api.editNode>;

const cloudAccountPlace = (nodeId: string) => `nodes|cloud_account|${nodeId}`;

/** Writes down what people say about a node: its name and place, whose it is, how far it may go. What is left out stays. */
export async function editNode(ctx: Context, { nodeId, ...edit }: Edit): Promise<ShownNode> {
  return transaction(ctx, async (ctx) => {
    const before = await lockPresentNode(ctx, nodeId);
    if (edit.instancesMost !== undefined && edit.instancesMost < before.instances) {
      const message = `${before.name} has ${before.instances} instances; let go of some first`;
      throw new Refusal("conflict", "fleet.more_there", message, { instances: before.instances });
    }
    const change = toChange(ctx, before, edit);
    if (Object.keys(change).length === 0) return showNode(ctx, before);
    // Which fields, not what they hold: whose account it is at the host's is about a person.
    await record(ctx, { name: "fleet.node_edited", nodeId, data: { fields: Object.keys(edit).sort() } });
    return showNode(ctx, await updateNode(ctx, nodeId, change));
  });
}

function toChange(ctx: Context, { id, country, city }: NodeRow, edit: Omit<Edit, "nodeId">): Partial<NodeRow> {
  const place = { country: edit.country === undefined ? country : edit.country, city: edit.city ?? null };
  if (edit.city === undefined) place.city = city;
  const isPlaced = edit.country !== undefined || edit.city !== undefined;
  return present({
    name: edit.name,
    region: edit.region,
    labels: edit.labels && [...new Set(edit.labels)],
    ...(isPlaced ? { ...place, is_place_by_hand: place.country !== null || place.city !== null } : {}),
    cloud_account:
      typeof edit.cloudAccount === "string"
        ? ctx.keys.seal(cloudAccountPlace(id), edit.cloudAccount)
        : edit.cloudAccount,
    is_unproven_allowed: edit.isUnprovenAllowed,
    instances_most: edit.instancesMost,
    customers_most: edit.customersMost,
    traffic_bytes_most: toBig(edit.trafficBytesMost),
    traffic_reset_day: edit.trafficResetDay,
    bytes_per_second_most: toBig(edit.bytesPerSecondMost),
  });
}

const toBig = (text: string | null | undefined) => (typeof text === "string" ? BigInt(text) : text);

function present(change: { [Field in keyof NodeRow]?: NodeRow[Field] | undefined }): Partial<NodeRow> {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
}

type ShownNode = ReplyOf<typeof api.getNode>;

/** A node with whose account at the host it is, for who may change it. */
export function showNode(ctx: Context, row: NodeRow): ShownNode {
  const { id, cloud_account: sealed } = row;
  const isShown = sealed !== null && may(ctx.actor, "nodes.write");
  return { ...toNode(row), cloudAccount: isShown ? ctx.keys.open(cloudAccountPlace(id), sealed).toString() : null };
}

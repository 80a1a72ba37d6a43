import { newId } from "@berth/kit";
import { ensureAuthorities } from "../../core/fleet/authorities.ts";
import type { NewNode, NodeRow } from "../../core/fleet/node.ts";
import { getNode, insertNode } from "../../core/fleet/store.ts";
import type { Context } from "../../core/platform/context.ts";

let count = 0;

/** A node that is there and can run relays, written straight into the table: joining has tests of its own. */
export async function onlineNode(ctx: Context, change: Partial<NodeRow> = {}): Promise<NodeRow> {
  const [authority] = await ensureAuthorities(ctx);
  const now = ctx.now();
  count += 1;
  const node: NewNode = {
    id: newId("node", now),
    name: `node${count}`,
    state: "online",
    scheduling: "open",
    authority_id: authority?.id ?? "",
    region: `region${count}`,
    addresses: [`192.0.2.${count % 255}`],
    observed_address: null,
    port_from: 20_000,
    port_to: 29_999,
    stun_port: 3478,
    version: "0.1.0",
    capabilities: [{ offering: "derp", specVersions: [1] }],
    cores: 2,
    memory_bytes: 2n ** 31n,
    load: 0,
    memory_used_bytes: 2n ** 30n,
    instances: 0,
    instances_most: 500,
    revision: 0n,
    held_revision: 0n,
    joined_at: now,
    last_seen_at: now,
    ...change,
  };
  await insertNode(ctx, node);
  return getNode(ctx, node.id);
}

/** The same world as one node's stream sees it. */
export function asNode(ctx: Context, nodeId: string): Context {
  return { ...ctx, actor: { kind: "node", nodeId, address: "192.0.2.1" } };
}

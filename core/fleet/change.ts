import { record } from "../audit/index.ts";
import { type Context, transaction } from "../platform/context.ts";
import { enqueue } from "../platform/jobs.ts";
import { revokeKeys } from "./identity-store.ts";
import { type Node, type NodeRow, toNode } from "./node.ts";
import { lockPresentNode, updateNode } from "./store.ts";

declare module "../platform/jobs.ts" {
  interface Tasks {
    /** A node is gone for good: what it ran has to be let go. Owned by leases, which place on nodes. */
    "leases.node_removed": { nodeId: string };
  }
}

/** Opens a node for placement, or closes it; what runs there runs on. */
export async function setScheduling(ctx: Context, nodeId: string, scheduling: NodeRow["scheduling"]): Promise<Node> {
  return transaction(ctx, async (ctx) => {
    const before = await lockPresentNode(ctx, nodeId);
    if (before.scheduling === scheduling) return toNode(before);
    const name = scheduling === "cordoned" ? "fleet.node_cordoned" : "fleet.node_uncordoned";
    await record(ctx, { name, nodeId });
    return toNode(await updateNode(ctx, nodeId, { scheduling }));
  });
}

/** Revokes a node: its stream ends, its key is never accepted again, and its instances are let go. */
export async function revokeNode(ctx: Context, nodeId: string, reason: string): Promise<Node> {
  return transaction(ctx, async (ctx) => {
    await lockPresentNode(ctx, nodeId);
    await revokeKeys(ctx, nodeId);
    await enqueue(ctx, "leases.node_removed", { nodeId });
    await record(ctx, { name: "fleet.node_revoked", nodeId, data: { reason } });
    return toNode(await updateNode(ctx, nodeId, { state: "removed" }));
  });
}

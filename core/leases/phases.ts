import type { Knock, Phase } from "@berth/link";
import { record } from "../audit/index.ts";
import { saveKnock } from "../devices/index.ts";
import { bumpRevision, getNode } from "../fleet/index.ts";
import { type Context, transaction } from "../platform/context.ts";
import { noteHeld } from "./configurations/held.ts";
import { freePort, leaseOfInstance, nextGeneration, savePhase, updateInstance } from "./instance-store.ts";
import type { InstanceRow } from "./lease.ts";
import { lockLease } from "./store.ts";

const phases: readonly string[] = ["starting", "running", "failed", "stopped"] satisfies InstanceRow["phase"][];

/** Takes over what a node says about its own instances. A port that is taken there is given anew. */
export async function takePhases(ctx: Context, nodeId: string, reports: readonly Phase[]): Promise<void> {
  for (const { instanceId, generation, phase, reason } of reports) {
    if (!phases.includes(phase)) continue;
    const report = {
      instanceId,
      generation,
      phase: phase as InstanceRow["phase"],
      reason: reason.slice(0, 64) || null,
    };
    await transaction(ctx, async (ctx) => {
      // A failure may change where the instance runs: the lease first, then its node, as everybody locks them.
      const leaseId = phase === "failed" ? await leaseOfInstance(ctx, nodeId, instanceId) : undefined;
      if (leaseId) await lockLease(ctx, leaseId);
      const changed = await savePhase(ctx, nodeId, report);
      if (changed?.phase === "failed") await noteFailure(ctx, changed);
    });
  }
}

async function noteFailure(ctx: Context, instance: InstanceRow): Promise<void> {
  const reason = instance.phase_reason ?? "unknown";
  await record(ctx, {
    name: "leases.instance_failed",
    leaseId: instance.lease_id,
    data: { instanceId: instance.id, reason },
  });
  if (reason === "port_in_use" && instance.desired === "running") await giveOtherPort(ctx, instance);
}

async function giveOtherPort(ctx: Context, instance: InstanceRow): Promise<void> {
  const revision = await bumpRevision(ctx, instance.node_id); // holds the node, whose ports are given out one by one
  const node = await getNode(ctx, instance.node_id);
  const port = await freePort(ctx, node.id, node.port_from, node.port_to);
  if (port === undefined) return;
  await updateInstance(ctx, instance.id, {
    port,
    revision,
    generation: await nextGeneration(ctx),
    used_bytes: 0n,
    ceiling_bytes: inHand(instance),
    phase: "pending",
    phase_reason: null,
  });
  await noteHeld(ctx, instance.lease_id);
  await record(ctx, {
    name: "leases.port_changed",
    leaseId: instance.lease_id,
    data: { instanceId: instance.id, port },
  });
}

/** What is left of an instance's ceiling; a relay may count a little beyond it. */
function inHand({ ceiling_bytes, used_bytes }: InstanceRow): bigint | null {
  if (ceiling_bytes === null) return null;
  return ceiling_bytes > used_bytes ? ceiling_bytes - used_bytes : 0n;
}

/** Notes keys that asked for an instance of this node and are not registered with its lease. */
export async function takeKnocks(ctx: Context, nodeId: string, knocks: readonly Knock[]): Promise<void> {
  for (const { instanceId, key, address, atMs } of knocks.slice(0, 1_000)) {
    const leaseId = await leaseOfInstance(ctx, nodeId, instanceId);
    if (!leaseId) continue;
    const at = new Date(Math.min(Number(atMs), ctx.now().getTime()));
    await saveKnock(ctx, {
      lease_id: leaseId,
      key: key.slice(0, 200),
      instance_id: instanceId,
      address: address.slice(0, 64),
      last_at: at,
    });
  }
}

import { hourMs, Refusal, secondMs } from "@berth/kit";
import type { Heartbeat, Hello } from "@berth/link";
import { record } from "../audit/index.ts";
import { type Context, transaction } from "../platform/context.ts";
import { locate } from "../platform/geoip.ts";
import { type DailyTable, ensureDays, keepDays } from "../platform/partitions.ts";
import type { Sweep } from "../platform/sweeps.ts";
import { readSetting } from "../settings/index.ts";
import { saveFigures } from "./figures-store.ts";
import type { NodeRow } from "./node.ts";
import { offlineAfterSeconds } from "./settings.ts";
import { bounded, type Sign, toSign } from "./sign.ts";
import { lockPresentNode, markOffline, saveHeartbeats, updateNode } from "./store.ts";

/** Takes over what a node says about itself when its stream begins. Region and address set by hand stay. */
export async function greetNode(ctx: Context, nodeId: string, hello: Hello, observedAddress: string): Promise<void> {
  if (hello.portFrom < 1 || hello.portTo > 65_535 || hello.portFrom > hello.portTo) {
    throw new Refusal("invalid", "fleet.bad_ports", `not a range of ports: ${hello.portFrom}-${hello.portTo}`);
  }
  const observed = observedAddress.replace(/^::ffff:/, "");
  const place = await locate(hello.addresses[0] ?? observed);
  await transaction(ctx, async (ctx) => {
    // Locked: a node that is being revoked must not come back to life here.
    const before = await lockPresentNode(ctx, nodeId);
    await updateNode(ctx, nodeId, {
      state: "online",
      region: before.region || hello.region || "local",
      addresses: hello.addresses.slice(0, 8).map((address) => address.slice(0, 255)),
      observed_address: observed,
      ...(before.is_place_by_hand ? {} : { country: place?.country ?? null, city: place?.city ?? null }),
      port_from: hello.portFrom,
      port_to: hello.portTo,
      stun_port: hello.stunPort <= 65_535 ? hello.stunPort : 0,
      version: hello.version.slice(0, 64),
      capabilities: hello.capabilities.map(({ offering, specVersions }) => ({ offering, specVersions })),
      cores: Math.min(hello.cores, mostCores),
      memory_bytes: bounded(hello.memoryBytes),
      last_seen_at: ctx.now(),
    });
    if (before.state !== "online")
      await record(ctx, { name: "fleet.node_online", nodeId, data: { was: before.state } });
  });
}

/** The kinds that a node's agent can run. */
export function kindsOf(row: Pick<NodeRow, "capabilities">): string[] {
  return (row.capabilities as { offering: string }[]).map(({ offering }) => offering);
}

/** Heartbeats since the last write, the newest of each node. Bounded by the number of nodes. */
const waiting = new WeakMap<Context["db"], Map<string, Sign>>();

export function noteHeartbeat(ctx: Context, nodeId: string, beat: Heartbeat): void {
  const signs = waiting.get(ctx.db) ?? new Map<string, Sign>();
  waiting.set(ctx.db, signs);
  signs.set(nodeId, toSign(nodeId, beat, ctx.now()));
}

const mostCores = 65_536;

/** Writes the heartbeats that came in since the last time, all in one statement. Every replica does this for its own streams. */
export async function flushHeartbeats(ctx: Context): Promise<void> {
  const signs = [...(waiting.get(ctx.db)?.values() ?? [])];
  if (signs.length === 0) return;
  waiting.delete(ctx.db);
  await ensureDays(ctx, figureTable);
  await transaction(ctx, async (ctx) => {
    const { taken, returned } = await saveHeartbeats(ctx, signs);
    await saveFigures(ctx, signs, taken);
    for (const nodeId of returned) await record(ctx, { name: "fleet.node_online", nodeId, data: { was: "offline" } });
  });
}

/** Marks nodes that were silent for too long. */
export async function noteSilence(ctx: Context): Promise<void> {
  await transaction(ctx, async (ctx) => {
    const silentMs = (await readSetting(ctx, offlineAfterSeconds)) * secondMs;
    for (const nodeId of await markOffline(ctx, new Date(ctx.now().getTime() - silentMs))) {
      await record(ctx, { name: "fleet.node_offline", nodeId });
    }
  });
}

export const silenceSweep: Sweep = { name: "fleet.silence", everyMs: 5 * secondMs, run: noteSilence };

/** A week for trends; longer is nobody's question about a single minute. */
const figureTable: DailyTable = { of: "node_figures", keepDays: 7 };

/** Drops the days that are over, also while no heartbeat comes. */
export const figureSweep: Sweep = {
  name: "fleet.figures",
  everyMs: hourMs,
  run: (ctx) => keepDays(ctx, figureTable),
};

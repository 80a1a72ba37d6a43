import type { overview as api, ReplyOf } from "@berth/api";
import { dayMs } from "@berth/kit";

export type Overview = ReplyOf<typeof api.getOverview>;
export type Need = Overview["needs"][number];

export interface Example {
  readonly id: string;
  readonly name: string;
  readonly at: Date | null;
}

export interface NodeInNeed {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  /** Nobody gets through to it, and nobody said that this is well. */
  readonly isShutOff: boolean;
  readonly lastSeenAt: Date | null;
  readonly testedAt: Date | null;
  readonly trafficBytesMost: bigint | null;
  readonly trafficUsedBytes: bigint;
  readonly trafficResetDay: number;
  readonly accounts: readonly string[];
}

const most = 5;

/** What nodes need somebody for. */
export function needsOfNodes(nodes: readonly NodeInNeed[], now: Date): Need[] {
  const running = nodes.flatMap((node) => {
    const at = node.state === "online" ? runsOutAt(node, now) : undefined;
    return at ? [{ ...node, at }] : [];
  });
  return [
    toNeed(
      "nodes_offline",
      nodes.filter(({ state }) => state === "offline").map((node) => ({ ...node, at: node.lastSeenAt })),
    ),
    toNeed(
      "nodes_not_reachable",
      nodes
        .filter(({ state, isShutOff }) => state === "online" && isShutOff)
        .map((node) => ({ ...node, at: node.testedAt })),
    ),
    toNeed("traffic_running_out", running),
  ].filter(({ count }) => count > 0);
}

function toNeed(kind: Need["kind"], nodes: readonly (NodeInNeed & { at: Date | null })[]): Need {
  const customers = new Set(nodes.flatMap(({ accounts }) => accounts)).size;
  return { kind, count: nodes.length, customers, examples: nodes.slice(0, most).map(toExample) };
}

export function toExample({ id, name, at }: Example): Need["examples"][number] {
  return { id, name, at: at?.toISOString() ?? null };
}

/** Before that, a month is too young to say anything by it. */
const youngMs = dayMs;

/**
 * When a node's traffic will be used up, should it go on as it did since its month began; nothing when it lasts until the next
 * one.
 */
export function runsOutAt(
  node: Pick<NodeInNeed, "trafficBytesMost" | "trafficUsedBytes" | "trafficResetDay">,
  now: Date,
): Date | undefined {
  const { trafficBytesMost: mostBytes, trafficUsedBytes: used, trafficResetDay: day } = node;
  if (mostBytes === null || used === 0n) return undefined;
  const [year, month] = [now.getUTCFullYear(), now.getUTCMonth()];
  const began = now.getUTCDate() >= day ? month : month - 1;
  const [fromMs, toMs] = [Date.UTC(year, began, day), Date.UTC(year, began + 1, day)];
  if (used >= mostBytes) return now;
  if (now.getTime() - fromMs < youngMs) return undefined;
  const atMs = fromMs + ((now.getTime() - fromMs) * Number(mostBytes)) / Number(used);
  return atMs < toMs ? new Date(atMs) : undefined;
}

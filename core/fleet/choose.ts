import type { Context } from "../platform/context.ts";
import { useOf } from "./count-use.ts";
import { type NodeRow, stateOf } from "./node.ts";
import { type Candidate, type Choice, rank, type Wish } from "./placement.ts";
import { kindsOf } from "./presence.ts";
import { lockPlacement, presentNodes, takeRoom } from "./store.ts";
import type { Use } from "./use.ts";

export interface Chosen extends Choice {
  /** The other nodes and what spoke against each. */
  readonly refused: Readonly<Record<string, string>>;
}

/**
 * Takes room on up to `count` nodes, each the best one for its turn. One placement at a time in the whole installation: two
 * that looked at the same figures would crowd the same nodes. The caller's transaction holds the room.
 */
export async function chooseNodes(
  ctx: Context,
  count: number,
  wish: Pick<Wish, "kind" | "regions" | "nodeIds"> & Partial<Wish>,
): Promise<Chosen[]> {
  await lockPlacement(ctx);
  const nodes = await presentNodes(ctx);
  const bounded = nodes.filter((row) => row.traffic_bytes_most !== null || row.customers_most !== null);
  const uses = await useOf(ctx, bounded);
  const candidates = nodes.map(
    (row): Candidate => ({
      id: row.id,
      name: row.name,
      region: row.region,
      state: stateOf(row),
      instances: row.instances,
      instancesMost: row.instances_most,
      load: row.load,
      kinds: kindsOf(row),
      obstacle: obstacleOf(row, uses.get(row.id)),
    }),
  );
  const chosen = pick(candidates, count, { takenRegions: [], takenNodeIds: [], ...wish });
  // In the order of ids, as everybody locks nodes.
  const taken: Chosen[] = [];
  for (const choice of [...chosen].sort((a, b) => (a.nodeId < b.nodeId ? -1 : 1))) {
    if (await takeRoom(ctx, choice.nodeId)) taken.push(choice);
  }
  return chosen.filter((choice) => taken.includes(choice));
}

/** What speaks against a node, of what it is and of its limits. Counted here and now: nobody else places meanwhile. */
function obstacleOf(row: NodeRow, use: Use | undefined): Candidate["obstacle"] {
  if (row.reach === "unproven" && !row.is_unproven_allowed) return "not_reachable";
  const { traffic_bytes_most: traffic, customers_most: customers, bytes_per_second_most: rate } = row;
  if (traffic !== null && use && use.trafficBytes >= traffic) return "traffic_used";
  if (customers !== null && use && use.customers >= customers) return "customers_full";
  if (rate !== null && (row.out_bytes_per_second ?? 0) >= Number(rate)) return "rate_full";
  return undefined;
}

function pick(candidates: readonly Candidate[], count: number, wish: Wish): Chosen[] {
  const chosen: Chosen[] = [];
  for (let slot = 0; slot < count; slot++) {
    const { choices, refused } = rank(candidates, {
      ...wish,
      takenRegions: [...wish.takenRegions, ...chosen.map(({ why }) => why.region)],
      takenNodeIds: [...wish.takenNodeIds, ...chosen.map(({ nodeId }) => nodeId)],
    });
    const [best] = choices;
    if (!best) break;
    chosen.push({ ...best, refused: Object.fromEntries(refused.map(({ nodeId, why }) => [nodeId, why])) });
  }
  return chosen;
}

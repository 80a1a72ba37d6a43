/** A node as placement sees it. */
export interface Candidate {
  readonly id: string;
  readonly name: string;
  readonly region: string;
  readonly state: "joining" | "online" | "offline" | "cordoned" | "removed";
  readonly instances: number;
  readonly instancesMost: number;
  readonly load: number | null;
  readonly kinds: readonly string[];
  /** Nobody gets through to it, or it has come to one of its limits. */
  readonly obstacle?: "not_reachable" | "traffic_used" | "customers_full" | "rate_full" | undefined;
}

export interface Wish {
  readonly kind: string;
  /** Empty: any. */
  readonly regions: readonly string[];
  /** Empty: any. */
  readonly nodeIds: readonly string[];
  /** Regions and nodes where this lease already has an instance. */
  readonly takenRegions: readonly string[];
  readonly takenNodeIds: readonly string[];
}

export interface Choice {
  readonly nodeId: string;
  /** Said in the order in which it decided: another region first, then room, then load. */
  readonly why: {
    readonly region: string;
    readonly newRegion: boolean;
    readonly instances: number;
    readonly instancesMost: number;
    readonly load: number | null;
    readonly rank: number;
    readonly candidates: number;
  };
}

export interface Ranking {
  /** Best first. */
  readonly choices: readonly Choice[];
  /** Every node that was passed over, with one word why. */
  readonly refused: readonly { readonly nodeId: string; readonly why: Obstacle }[];
}

export type Obstacle =
  | "not_online"
  | "cordoned"
  | "other_kind"
  | "other_region"
  | "other_pool"
  | "full"
  | "not_reachable"
  | "traffic_used"
  | "customers_full"
  | "rate_full"
  | "has_this_lease";

/** Which nodes could take an instance, best first: another region than the lease's others, then the least filled, then the idlest. */
export function rank(candidates: readonly Candidate[], wish: Wish): Ranking {
  const refused = [];
  const able: Candidate[] = [];
  for (const candidate of candidates) {
    const why = obstacle(candidate, wish);
    if (why) refused.push({ nodeId: candidate.id, why });
    else able.push(candidate);
  }
  const isNew = ({ region }: Candidate) => !wish.takenRegions.includes(region);
  able.sort(
    (a, b) =>
      Number(isNew(b)) - Number(isNew(a)) ||
      a.instances / a.instancesMost - b.instances / b.instancesMost ||
      (a.load ?? 0) - (b.load ?? 0) ||
      (a.id < b.id ? -1 : 1),
  );
  const choices = able.map((candidate, index) => ({
    nodeId: candidate.id,
    why: {
      region: candidate.region,
      newRegion: isNew(candidate),
      instances: candidate.instances,
      instancesMost: candidate.instancesMost,
      load: candidate.load,
      rank: index + 1,
      candidates: able.length,
    },
  }));
  return { choices, refused };
}

function obstacle(node: Candidate, wish: Wish): Obstacle | undefined {
  if (node.state === "cordoned") return "cordoned";
  if (node.state !== "online") return "not_online";
  if (!node.kinds.includes(wish.kind)) return "other_kind";
  if (wish.regions.length > 0 && !wish.regions.includes(node.region)) return "other_region";
  if (wish.nodeIds.length > 0 && !wish.nodeIds.includes(node.id)) return "other_pool";
  if (wish.takenNodeIds.includes(node.id)) return "has_this_lease";
  if (node.instances >= node.instancesMost) return "full";
  return node.obstacle;
}

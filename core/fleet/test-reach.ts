import { Refusal } from "@berth/kit";
import { dial, type Outcome, type Target } from "@berth/node/reach";
import { record } from "../audit/index.ts";
import { type Context, transaction } from "../platform/context.ts";
import { notify } from "../platform/notify.ts";
import { addressOf, type NodeRow } from "./node.ts";
import {
  betterAddress,
  portsToTry,
  type Reachability,
  type ReachResult,
  reachOf,
  rulesFor,
  verdictOf,
} from "./reach.ts";
import { deleteResults, findOnlooker, resultsOf, saveResults } from "./reach-store.ts";
import { getNode, lockPresentNode, updateNode } from "./store.ts";

/** What somebody is to try: the ports that a node opened, at one of its addresses. */
export interface Dialling {
  readonly nodeId: string;
  readonly address: string;
  readonly ports: readonly Pick<Target, "protocol" | "port">[];
}

export interface Opened {
  readonly secret: Uint8Array;
  readonly ports: readonly { readonly protocol: string; readonly port: number }[];
}

export async function showReach(ctx: Context, nodeId: string): Promise<Reachability> {
  const node = await getNode(ctx, nodeId);
  const rows = await resultsOf(ctx, nodeId);
  return {
    reach: node.reach,
    isUnprovenAllowed: node.is_unproven_allowed,
    testedAt: node.reach_tested_at?.toISOString() ?? null,
    address: { advertised: addressOf(node), observed: node.observed_address, better: betterAddress(rows, node) },
    results: rows.map(({ seen_from, seen_from_name, tested_at, node_id: _, ...result }) => ({
      ...result,
      seenFrom: seen_from,
      seenFromName: seen_from_name,
      testedAt: tested_at.toISOString(),
    })),
    rules: rulesFor(rows, node),
  };
}

/** Has a node tried anew; its stream hears of it with the commit. */
export async function askForReach(ctx: Context, nodeId: string): Promise<Reachability> {
  const node = await getNode(ctx, nodeId);
  if (node.state !== "online") throw new Refusal("conflict", "fleet.node_away", `${node.name} is not online`);
  await notify(ctx, "reach_wanted", nodeId);
  return showReach(ctx, nodeId);
}

/** Which ports a node is to open for a test; `isDue`: it is not proven, or was with other addresses or ports. */
export async function planReach(ctx: Context, nodeId: string) {
  const node = await getNode(ctx, nodeId);
  return {
    ports: portsToTry(node),
    portTo: node.port_to,
    isDue: node.reach !== "proven" || node.reach_of !== reachOf(node),
  };
}

/**
 * Tries from control whether one gets through to what a node opened, and then has another node try it as well. Gives the id of
 * that one, if there is one.
 */
export async function tryReach(ctx: Context, nodeId: string, { secret, ports }: Opened): Promise<string | undefined> {
  const node = await getNode(ctx, nodeId);
  const advertised = addressOf(node);
  if (!advertised) return undefined;
  const targets = [
    ...ports.filter(isOf(node)),
    ...(node.stun_port ? [{ protocol: "stun", port: node.stun_port }] : []),
  ];
  const dialling = { nodeId, address: advertised, ports: targets as Dialling["ports"] };
  const seen = await dialAll(dialling, secret);
  const { observed_address: observed } = node;
  if (observed && observed !== advertised && verdictOf(seen, node) === "unproven") {
    seen.push(...(await dialAll({ ...dialling, address: observed }, secret)));
  }
  await noteReach(ctx, { node, seen, isFirst: true });
  const onlooker = await findOnlooker(ctx, nodeId);
  if (!onlooker) return undefined;
  const wanted = { ...dialling, onlooker, secret: Buffer.from(secret).toString("base64") };
  await notify(ctx, "reach_dial", JSON.stringify(wanted));
  return onlooker;
}

/** A node says what it opened: nothing outside its own range is anybody's to try. */
const portsMost = 16;
const isOf =
  ({ port_from, port_to }: NodeRow) =>
  ({ protocol, port }: Opened["ports"][number], index: number) =>
    index < portsMost && (protocol === "tcp" || protocol === "udp") && port >= port_from && port <= port_to;

async function dialAll({ address, ports }: Dialling, secret: Uint8Array): Promise<ReachResult[]> {
  return Promise.all(
    ports.map(async ({ protocol, port }) => {
      const outcome = await tryTwice({ address, port, protocol }, secret);
      return { seen_from: "control", address, protocol, port, outcome };
    }),
  );
}

/** A busy machine may be late once; and what TCP says decides whether a node is used. */
async function tryTwice(target: Target, secret: Uint8Array): Promise<Outcome> {
  const first = await dial(target, secret);
  return first === "open" || target.protocol !== "tcp" ? first : dial(target, secret);
}

/** Takes what another node found of what it was asked to try; the first node may close its ports then. */
export async function takeDialled(
  ctx: Context,
  { nodeId, address, ports }: Dialling,
  said: { by: string; outcomes: readonly { protocol: string; port: number; outcome: string }[] },
): Promise<void> {
  const seen = ports.flatMap(({ protocol, port }) => {
    const { outcome } = said.outcomes.find((one) => one.protocol === protocol && one.port === port) ?? {};
    const known = outcomes.find((one) => one === outcome);
    return known ? [{ seen_from: said.by, address, protocol, port, outcome: known }] : [];
  });
  await noteReach(ctx, { node: await getNode(ctx, nodeId), seen, isFirst: false });
  await notify(ctx, "reach_over", nodeId);
}

const outcomes: readonly Outcome[] = ["open", "blocked", "wrong_host"];

interface Seen {
  /** As it was when the test began. */
  readonly node: NodeRow;
  readonly seen: readonly ReachResult[];
  /** Of a test: what was seen by the one before is forgotten. */
  readonly isFirst: boolean;
}

async function noteReach(ctx: Context, { node: tested, seen, isFirst }: Seen): Promise<void> {
  await transaction(ctx, async (ctx) => {
    const before = await lockPresentNode(ctx, tested.id);
    if (isFirst) await deleteResults(ctx, tested.id);
    await saveResults(ctx, tested.id, seen);
    const reach = verdictOf(await resultsOf(ctx, tested.id), tested);
    await updateNode(ctx, tested.id, { reach, reach_tested_at: ctx.now(), reach_of: reachOf(tested) });
    const open = seen.filter(({ outcome }) => outcome === "open").length;
    const data = { reach, was: before.reach, open, tried: seen.length };
    await record(ctx, { name: "fleet.reach_tested", nodeId: tested.id, data });
  });
}

import { dayMs, hourMs, newId, Refusal } from "@berth/kit";
import type { Renewal } from "@berth/offering";
import { record } from "../../audit/index.ts";
import { addressOf, bumpRevision, getNode } from "../../fleet/index.ts";
import { type Context, transaction } from "../../platform/context.ts";
import { getOffering } from "../../platform/offerings.ts";
import { freePort, instancesOf, updateInstance } from "../instance-store.ts";
import type { InstanceRow, LeaseRow } from "../lease.ts";
import { fillSlots, secretsPlace } from "../place.ts";
import { lockVisibleLease } from "../store.ts";
import { type ConfigurationRow, formerPlace, untilBeside } from "./configuration.ts";
import { endVersion } from "./end.ts";
import { tellRenewed } from "./mails.ts";
import { insertVersion, renewalOf } from "./make.ts";
import { countAsked, findFormer, getPresent, insertFormerEndpoint, updateConfiguration } from "./store.ts";

/** `due`: its time has come. `asked`: somebody wants it now. `leaked`: the one before must not work a moment longer. */
type Why = Exclude<ConfigurationRow["why"], "granted">;

/**
 * Gives a lease a new version: every instance gets another port and another identity on its node, and slots whose node is gone
 * are filled anew. The version before works beside it for a while, unless it leaked. Done again when it is not due, it does
 * nothing.
 */
export async function renewConfiguration(
  ctx: Context,
  leaseId: string,
  { why, userAgent }: { why: Why; userAgent?: string | undefined },
): Promise<void> {
  await transaction(ctx, async (ctx) => {
    const lease = await lockServing(ctx, leaseId);
    const present = await getPresent(ctx, leaseId);
    const renewal = why === "leaked" ? undefined : renewalOf(ctx, lease);
    if (why === "due" && (await isNotYet(ctx, present, renewal))) return;
    if (!renewal && why === "asked") throw cantStandBeside();
    if (why !== "due") await requireSeldom(ctx, leaseId);
    await makeRoom(ctx, leaseId, why);
    await renewTo(ctx, { lease, present, renewal, why, userAgent });
  });
}

/** Whether a version stays after all, or for now. */
async function isNotYet(ctx: Context, present: ConfigurationRow, renewal: Renewal | undefined): Promise<boolean> {
  if (!present.renews_at || present.renews_at > ctx.now()) return true;
  const full = renewal && (await fullNode(ctx, present.lease_id));
  if (renewal && full === undefined) return false;
  await (full === undefined ? stayAsItIs(ctx, present) : postpone(ctx, present, full));
  return true;
}

async function lockServing(ctx: Context, leaseId: string): Promise<LeaseRow> {
  const lease = await lockVisibleLease(ctx, leaseId);
  if (lease.state === "active" || lease.state === "suspended") return lease;
  throw new Refusal("conflict", "leases.over", `this lease is ${lease.state}`);
}

interface Step {
  readonly lease: LeaseRow;
  readonly present: ConfigurationRow;
  /** Absent: the version before ends at once. */
  readonly renewal: Renewal | undefined;
  readonly why: Why;
  readonly userAgent: string | undefined;
}

async function renewTo(ctx: Context, { lease, present, renewal, why, userAgent }: Step): Promise<void> {
  const now = ctx.now();
  const formerUntil = renewal ? untilBeside(present, renewal, now) : null;
  await updateConfiguration(ctx, present, {
    replaced_at: now,
    ...(formerUntil ? { until: formerUntil } : { ended_at: now, ended_for: "revoked" }),
  });
  const instances = await instancesOf(ctx, lease.id);
  if (lease.state === "active") await fillSlots(ctx, lease, instances);
  for (const instance of instances) await renewInstance(ctx, instance, renewal && present.version);
  const next = await insertVersion(ctx, lease, { version: present.version + 1, why, userAgent });
  await record(ctx, {
    name: "leases.configuration_renewed",
    accountId: lease.account_id,
    leaseId: lease.id,
    data: { version: next.version, why, until: toText(next.until), formerUntil: toText(formerUntil) },
  });
  await tellRenewed(ctx, lease, { version: next.version, why, formerUntil });
}

const toText = (at: Date | null) => at?.toISOString() ?? null;

/** `former`: the version whose way in stays open beside the new one. */
async function renewInstance(ctx: Context, instance: InstanceRow, former: number | undefined): Promise<void> {
  const revision = await bumpRevision(ctx, instance.node_id); // holds the node, whose ports are given out one by one
  const node = await getNode(ctx, instance.node_id);
  const [address, port] = [addressOf(node), await freePort(ctx, node.id, node.port_from, node.port_to)];
  if (!address || port === undefined) {
    throw new Refusal("exhausted", "leases.no_port", `${node.name} has no port left for another door`);
  }
  if (former !== undefined) await keepFormer(ctx, instance, former);
  const secrets = await getOffering(ctx.offerings, instance.kind).makeSecrets({ address, now: ctx.now() });
  const sealed = ctx.keys.seal(secretsPlace(instance.id), JSON.stringify(secrets));
  await updateInstance(ctx, instance.id, { port, secrets: sealed, revision });
}

async function keepFormer(ctx: Context, instance: InstanceRow, version: number): Promise<void> {
  const { id: instance_id, lease_id, node_id, port } = instance;
  if (port === null) return;
  const id = newId("endpoint", ctx.now());
  const secrets = ctx.keys.open(secretsPlace(instance_id), instance.secrets);
  const sealed = ctx.keys.seal(formerPlace(id), secrets.toString());
  await insertFormerEndpoint(ctx, { id, instance_id, lease_id, node_id, port, version, secrets: sealed });
}

/** At most two versions work at a time. */
async function makeRoom(ctx: Context, leaseId: string, why: Why): Promise<void> {
  const former = await findFormer(ctx, leaseId);
  if (!former) return;
  const { version, until } = former;
  const isOver = until !== null && until <= ctx.now();
  if (why === "asked" && !isOver) {
    const message = `version ${version} still works until ${toText(until)}; end it first, or wait`;
    throw new Refusal("conflict", "leases.former_works", message, { version, until: toText(until) });
  }
  await endVersion(ctx, leaseId, { version, endedFor: isOver ? "expired" : "revoked" });
}

/** Each makes keys on every node and moves every device: this often is nobody who means well. */
const mostInADay = 10;

async function requireSeldom(ctx: Context, leaseId: string): Promise<void> {
  const since = new Date(ctx.now().getTime() - dayMs);
  if ((await countAsked(ctx, leaseId, since)) < mostInADay) return;
  const message = `a configuration is renewed at most ${mostInADay} times in 24 hours`;
  throw new Refusal("exhausted", "leases.renewed_too_often", message, { most: mostInADay });
}

/** A node of a lease that has no port for one more door, if there is one. */
async function fullNode(ctx: Context, leaseId: string): Promise<string | undefined> {
  for (const { node_id } of await instancesOf(ctx, leaseId)) {
    const { name, port_from, port_to } = await getNode(ctx, node_id);
    if ((await freePort(ctx, node_id, port_from, port_to)) === undefined) return name;
  }
  return undefined;
}

/** Others that are due must not wait behind one that can't be renewed. */
async function postpone(ctx: Context, present: ConfigurationRow, nodeName: string): Promise<void> {
  await updateConfiguration(ctx, present, { renews_at: new Date(ctx.now().getTime() + hourMs) });
  const data = { version: present.version, nodeName, why: "no_port" };
  await record(ctx, { name: "leases.renewal_postponed", leaseId: present.lease_id, data });
}

/** It was meant to be renewed when it was made, and can't be any more: it is good as long as its lease. */
async function stayAsItIs(ctx: Context, present: ConfigurationRow): Promise<void> {
  await updateConfiguration(ctx, present, { renews_at: null, until: null });
  for (const instance of await instancesOf(ctx, present.lease_id)) {
    await updateInstance(ctx, instance.id, { revision: await bumpRevision(ctx, instance.node_id) });
  }
}

function cantStandBeside(): Refusal {
  const message = "what serves this lease can't serve two configurations side by side; revoke the old one with it";
  return new Refusal("conflict", "leases.one_configuration", message);
}

import type { Permission } from "@berth/api";
import { may } from "../platform/actor.ts";
import type { Context } from "../platform/context.ts";
import { type Need, needsOfNodes, type Overview, toExample } from "./overview.ts";
import {
  countInstances,
  countLeases,
  countNodes,
  countSerials,
  endingLeases,
  expiringCertificates,
  failedInstances,
  failedMails,
  firstSteps,
  fleetRate,
  nodesInNeed,
} from "./views.ts";

/** How things stand, as far as the caller may see it. */
export async function showOverview(ctx: Context, hasMailServer: boolean | undefined): Promise<Overview> {
  const ifMay = async <T>(permission: Permission, look: (ctx: Context) => Promise<T>): Promise<T | null> =>
    may(ctx.actor, permission) ? look(ctx) : null;
  const leases = await ifMay("leases.any", countLeases);
  return {
    needs: await findNeeds(ctx, hasMailServer),
    nodes: await ifMay("nodes.read", countNodes),
    leases: leases?.leases ?? null,
    customers: leases?.customers ?? null,
    instances: await ifMay("leases.any", countInstances),
    serials: await ifMay("serials.read", countSerials),
    rate: await ifMay("nodes.read", fleetRate),
    ending: await ifMay("leases.any", endingLeases),
    firstRun: await ifMay("nodes.write", firstSteps),
  };
}

type Look = (ctx: Context) => Promise<{
  readonly count: number;
  readonly customers: number | null;
  readonly examples: readonly Parameters<typeof toExample>[0][];
}>;

const looks: readonly { kind: Need["kind"]; permission: Permission; look: Look }[] = [
  { kind: "instances_failed", permission: "leases.any", look: failedInstances },
  { kind: "mails_failed", permission: "notices.read", look: failedMails },
  { kind: "certificates_expiring", permission: "certificates.read", look: expiringCertificates },
];

async function findNeeds(ctx: Context, hasMailServer: boolean | undefined): Promise<Need[]> {
  const needs: Need[] = [];
  if (may(ctx.actor, "nodes.read")) needs.push(...needsOfNodes(await nodesInNeed(ctx), ctx.now()));
  for (const { kind, permission, look } of looks) {
    if (!may(ctx.actor, permission)) continue;
    const { count, customers, examples } = await look(ctx);
    if (count > 0) needs.push({ kind, count, customers, examples: examples.map(toExample) });
  }
  if (hasMailServer === false && may(ctx.actor, "notices.read")) {
    needs.push({ kind: "no_mail_server", count: 1, customers: null, examples: [] });
  }
  return needs;
}

import type { configurations as api, ReplyOf } from "@berth/api";
import { may } from "../../platform/actor.ts";
import type { Context } from "../../platform/context.ts";
import { getVisibleLease } from "../store.ts";
import { type ConfigurationRow, changesBetween, type Held, stateOf } from "./configuration.ts";
import { findConfigurations } from "./store.ts";

type Configuration = ReplyOf<typeof api.renewConfiguration>;

/** Every version of a lease that the actor may see, newest first. */
export async function showConfigurations(ctx: Context, leaseId: string): Promise<Configuration[]> {
  const { account_id } = await getVisibleLease(ctx, leaseId);
  const isStaff = may(ctx.actor, "leases.any");
  const rows = await findConfigurations(ctx, leaseId);
  return rows.map((row, index) => ({
    ...toConfiguration(row, rows[index + 1], ctx.now()),
    madeBy: isStaff || row.made_by === account_id ? row.made_by : withoutName(row.made_by),
  }));
}

/** Customers hear that it was somebody of the staff, or Berth by itself. */
function withoutName(madeBy: string): string {
  return madeBy.startsWith("system:") ? "system" : "staff";
}

/** The newest version. */
export async function showPresent(ctx: Context, leaseId: string): Promise<Configuration> {
  const [present] = await showConfigurations(ctx, leaseId);
  return present as Configuration;
}

function toConfiguration(
  row: ConfigurationRow,
  before: ConfigurationRow | undefined,
  now: Date,
): Omit<Configuration, "madeBy"> {
  const held = row.held as Held[];
  return {
    leaseId: row.lease_id as Configuration["leaseId"],
    version: row.version,
    state: stateOf(row, now),
    why: row.why,
    madeAt: row.made_at.toISOString(),
    renewsAt: row.renews_at?.toISOString() ?? null,
    until: row.until?.toISOString() ?? null,
    endedAt: row.ended_at?.toISOString() ?? null,
    instances: held.map(({ nodeId: _, ...shown }) => shown),
    changes: before ? changesBetween(before.held as Held[], held) : [],
  };
}

import { Refusal } from "@berth/kit";
import type { Context } from "../../platform/context.ts";
import type { Row } from "../../platform/rows.ts";
import type { ConfigurationRow, Held } from "./configuration.ts";

export type FormerEndpointRow = Row<"former_endpoints">;

export async function insertConfiguration(ctx: Context, row: Omit<ConfigurationRow, "held">, held: readonly Held[]) {
  await ctx.db
    .insertInto("configurations")
    .values({ ...row, held: JSON.stringify(held) })
    .execute();
}

export async function updateConfiguration(
  ctx: Context,
  { lease_id, version }: Pick<ConfigurationRow, "lease_id" | "version">,
  change: Partial<Omit<ConfigurationRow, "held">>,
): Promise<void> {
  await ctx.db
    .updateTable("configurations")
    .set(change)
    .where("lease_id", "=", lease_id)
    .where("version", "=", version)
    .execute();
}

/** The newest version of a lease. */
export async function findPresent(ctx: Context, leaseId: string): Promise<ConfigurationRow | undefined> {
  const versions = ctx.db.selectFrom("configurations").selectAll().where("lease_id", "=", leaseId);
  return versions.orderBy("version", "desc").limit(1).executeTakeFirst();
}

export async function getPresent(ctx: Context, leaseId: string): Promise<ConfigurationRow> {
  const row = await findPresent(ctx, leaseId);
  if (!row) throw new Refusal("not_found", "leases.no_configuration", "this lease has no configuration any more");
  return row;
}

/** The version before the newest while it still works beside it. */
export async function findFormer(ctx: Context, leaseId: string): Promise<ConfigurationRow | undefined> {
  return ctx.db
    .selectFrom("configurations")
    .selectAll()
    .where("lease_id", "=", leaseId)
    .where("replaced_at", "is not", null)
    .where("ended_at", "is", null)
    .executeTakeFirst();
}

/** Every version of a lease, newest first. */
export async function findConfigurations(ctx: Context, leaseId: string): Promise<ConfigurationRow[]> {
  const all = ctx.db.selectFrom("configurations").selectAll().where("lease_id", "=", leaseId);
  return all.orderBy("version", "desc").limit(200).execute();
}

/** How many versions somebody wanted since then, beside those that were due. */
export async function countAsked(ctx: Context, leaseId: string, since: Date): Promise<number> {
  const { count } = await ctx.db
    .selectFrom("configurations")
    .select((eb) => eb.fn.countAll<bigint>().as("count"))
    .where("lease_id", "=", leaseId)
    .where("why", "in", ["asked", "leaked"])
    .where("made_at", ">", since)
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** The times of what still works of several leases at once, for what is sent to a node. */
export async function workingConfigurations(ctx: Context, leaseIds: readonly string[]) {
  if (leaseIds.length === 0) return [];
  return ctx.db
    .selectFrom("configurations")
    .select(["lease_id", "version", "until", "replaced_at"])
    .where("lease_id", "in", leaseIds)
    .where("ended_at", "is", null)
    .execute();
}

export async function endConfigurations(
  ctx: Context,
  leaseId: string,
  { version, endedFor }: { version?: number; endedFor: NonNullable<ConfigurationRow["ended_for"]> },
): Promise<void> {
  await ctx.db
    .updateTable("configurations")
    .set({ ended_at: ctx.now(), ended_for: endedFor })
    .where("lease_id", "=", leaseId)
    .where("ended_at", "is", null)
    .$if(version !== undefined, (query) => query.where("version", "=", version as number))
    .execute();
}

/** Where the present version of a lease leads now. */
export async function saveHeld(ctx: Context, leaseId: string, held: readonly Held[]): Promise<void> {
  await ctx.db
    .updateTable("configurations")
    .set({ held: JSON.stringify(held) })
    .where("lease_id", "=", leaseId)
    .where("replaced_at", "is", null)
    .execute();
}

/** Leases whose present version is to be replaced now, by the time that asks for it longest. */
export async function dueForRenewal(ctx: Context, limit: number): Promise<string[]> {
  const rows = await ctx.db
    .selectFrom("configurations as c")
    .innerJoin("leases as l", "l.id", "c.lease_id")
    .select("c.lease_id")
    .where("c.replaced_at", "is", null)
    .where("c.ended_at", "is", null)
    .where("c.renews_at", "<=", ctx.now())
    .where("l.state", "in", ["active", "suspended"])
    .where("l.until", ">", ctx.now())
    .orderBy("c.renews_at")
    .limit(limit)
    .execute();
  return rows.map(({ lease_id }) => lease_id);
}

/** Leases with a former version whose time is over. */
export async function dueToEnd(ctx: Context, limit: number): Promise<string[]> {
  const rows = await ctx.db
    .selectFrom("configurations")
    .select("lease_id")
    .where("replaced_at", "is not", null)
    .where("ended_at", "is", null)
    .where("until", "<=", ctx.now())
    .orderBy("until")
    .limit(limit)
    .execute();
  return rows.map(({ lease_id }) => lease_id);
}

export async function insertFormerEndpoint(ctx: Context, row: FormerEndpointRow): Promise<void> {
  await ctx.db.insertInto("former_endpoints").values(row).execute();
}

/** Of several instances at once, for what is sent to a node. */
export async function formerEndpointsOf(ctx: Context, instanceIds: readonly string[]): Promise<FormerEndpointRow[]> {
  if (instanceIds.length === 0) return [];
  return ctx.db
    .selectFrom("former_endpoints")
    .selectAll()
    .where("instance_id", "in", instanceIds)
    .orderBy("id")
    .execute();
}

/** Ports are free and keys are gone from then on. */
export async function deleteFormerEndpoints(ctx: Context, of: { leaseId: string } | { instanceId: string }) {
  const deleting = ctx.db.deleteFrom("former_endpoints");
  await ("leaseId" in of
    ? deleting.where("lease_id", "=", of.leaseId)
    : deleting.where("instance_id", "=", of.instanceId)
  ).execute();
}

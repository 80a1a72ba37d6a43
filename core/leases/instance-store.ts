import { sql } from "kysely";
import type { Context } from "../platform/context.ts";
import type { InstanceRow } from "./lease.ts";

export async function insertInstance(ctx: Context, instance: InstanceRow): Promise<void> {
  await ctx.db
    .insertInto("instances")
    .values({ ...instance, placement: JSON.stringify(instance.placement) })
    .execute();
}

/** A number that no placement had before. */
export async function nextGeneration(ctx: Context): Promise<bigint> {
  const { rows } = await sql<{ generation: bigint }>`select nextval('generations') as generation`.execute(ctx.db);
  return rows[0]?.generation as bigint;
}

/** A free port of a node's range, any of them; the caller holds the node's row. Undefined when all are taken. */
export async function freePort(ctx: Context, nodeId: string, from: number, to: number): Promise<number | undefined> {
  const { rows } = await sql<{ port: number }>`
    select port from generate_series(${from}::int, ${to}::int) as port
    where not exists (select 1 from instances where node_id = ${nodeId} and instances.port = port.port)
      and not exists (select 1 from former_endpoints f where f.node_id = ${nodeId} and f.port = port.port)
    order by random() limit 1`.execute(ctx.db);
  return rows[0]?.port;
}

/** A lease's instances that were not released, in the order of their nodes, in which everybody locks nodes. */
export async function instancesOf(ctx: Context, leaseId: string): Promise<InstanceRow[]> {
  return ctx.db
    .selectFrom("instances")
    .selectAll()
    .where("lease_id", "=", leaseId)
    .where("desired", "<>", "released")
    .orderBy("node_id")
    .execute();
}

export async function updateInstance(ctx: Context, instanceId: string, change: Partial<InstanceRow>): Promise<void> {
  const { placement, ...rest } = change;
  await ctx.db
    .updateTable("instances")
    .set({ ...rest, ...(placement === undefined ? {} : { placement: JSON.stringify(placement) }) })
    .where("id", "=", instanceId)
    .execute();
}

/** Instances of a node that changed after a revision, with what their lease says about them. */
export async function instancesChangedSince(ctx: Context, nodeId: string, revision: bigint) {
  return ctx.db
    .selectFrom("instances as i")
    .innerJoin("leases as l", "l.id", "i.lease_id")
    .selectAll("i")
    .select(["l.options", "l.until"])
    .where("i.node_id", "=", nodeId)
    .where("i.revision", ">", revision)
    .execute();
}

/** Everything a node should run now. */
export async function instancesToRun(ctx: Context, nodeId: string) {
  return ctx.db
    .selectFrom("instances as i")
    .innerJoin("leases as l", "l.id", "i.lease_id")
    .selectAll("i")
    .select(["l.options", "l.until"])
    .where("i.node_id", "=", nodeId)
    .where("i.desired", "=", "running")
    .execute();
}

export interface PhaseReport {
  readonly instanceId: string;
  readonly generation: bigint;
  readonly phase: InstanceRow["phase"];
  readonly reason: string | null;
}

/** Writes a phase if the instance is this node's, at this generation. Anything else is an old word and changes nothing. */
export async function savePhase(ctx: Context, nodeId: string, report: PhaseReport): Promise<InstanceRow | undefined> {
  return ctx.db
    .updateTable("instances")
    .set({ phase: report.phase, phase_reason: report.reason, phase_at: ctx.now() })
    .where("id", "=", report.instanceId)
    .where("node_id", "=", nodeId)
    .where("generation", "=", report.generation)
    .where((eb) => eb.or([eb("phase", "<>", report.phase), eb("phase_reason", "is distinct from", report.reason)]))
    .returningAll()
    .executeTakeFirst();
}

/** The lease of an instance of this node, running or not. */
export async function leaseOfInstance(ctx: Context, nodeId: string, instanceId: string): Promise<string | undefined> {
  const row = await ctx.db
    .selectFrom("instances")
    .select("lease_id")
    .where("id", "=", instanceId)
    .where("node_id", "=", nodeId)
    .executeTakeFirst();
  return row?.lease_id;
}

/** Leases that have something on a node. */
export async function leasesOnNode(ctx: Context, nodeId: string): Promise<string[]> {
  const rows = await ctx.db
    .selectFrom("instances")
    .select("lease_id")
    .where("node_id", "=", nodeId)
    .where("desired", "<>", "released")
    .orderBy("lease_id")
    .execute();
  return rows.map(({ lease_id }) => lease_id);
}

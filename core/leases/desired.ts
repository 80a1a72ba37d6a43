import { type ControlMessageInit, digest, type Instance } from "@berth/link";
import { type DeviceRow, findDevicesOf } from "../devices/index.ts";
import { getNode } from "../fleet/index.ts";
import type { Context } from "../platform/context.ts";
import { getOffering } from "../platform/offerings.ts";
import { formerPlace } from "./configurations/configuration.ts";
import { type FormerEndpointRow, formerEndpointsOf, workingConfigurations } from "./configurations/store.ts";
import { instancesChangedSince, instancesToRun } from "./instance-store.ts";
import { secretsPlace } from "./place.ts";

type Found = Awaited<ReturnType<typeof instancesToRun>>[number];
type Wire = Omit<Instance, "$typeName" | "allowance"> & { allowance: { ceilingBytes?: bigint; untilMs: bigint } };

/** Everything a node should run, at its present revision. */
export async function wholeDesired(ctx: Context, nodeId: string): Promise<ControlMessageInit & { revision: bigint }> {
  // The revision is read first: what changes in between is sent once more, never missed.
  const { revision } = await getNode(ctx, nodeId);
  const instances = await toWire(ctx, await instancesToRun(ctx, nodeId));
  return desired({ revision, whole: true, instances, removed: [], digest: digest(instances) });
}

/** What changed on a node after a revision; undefined when nothing did. */
export async function desiredSince(ctx: Context, nodeId: string, after: bigint) {
  const { revision } = await getNode(ctx, nodeId);
  if (revision <= after) return undefined;
  const changed = await instancesChangedSince(ctx, nodeId, after);
  const instances = await toWire(
    ctx,
    changed.filter(({ desired }) => desired === "running"),
  );
  const removed = changed.filter(({ desired }) => desired !== "running").map(({ id }) => id);
  return desired({ revision, whole: false, instances, removed, digest: "" });
}

/** The digest of what a node should run, to compare with the one it says it holds. */
export async function desiredDigest(ctx: Context, nodeId: string): Promise<string> {
  return digest(await toWire(ctx, await instancesToRun(ctx, nodeId)));
}

function desired(value: { revision: bigint; whole: boolean; instances: Wire[]; removed: string[]; digest: string }) {
  return { revision: value.revision, message: { case: "desired" as const, value } };
}

/** What belongs to an instance besides its row. */
interface Belongings {
  readonly devices: readonly DeviceRow[];
  readonly configurations: Awaited<ReturnType<typeof workingConfigurations>>;
  readonly former: readonly FormerEndpointRow[];
}

async function toWire(ctx: Context, rows: readonly Found[]): Promise<Wire[]> {
  const leaseIds = [...new Set(rows.map(({ lease_id }) => lease_id))];
  const instanceIds = rows.map(({ id }) => id);
  const devices = Map.groupBy(await findDevicesOf(ctx, leaseIds), ({ lease_id }) => lease_id);
  const configurations = Map.groupBy(await workingConfigurations(ctx, leaseIds), ({ lease_id }) => lease_id);
  const former = Map.groupBy(await formerEndpointsOf(ctx, instanceIds), ({ instance_id }) => instance_id);
  return rows.map((row) =>
    toInstance(ctx, row, {
      devices: devices.get(row.lease_id) ?? [],
      configurations: configurations.get(row.lease_id) ?? [],
      former: former.get(row.id) ?? [],
    }),
  );
}

function toInstance(ctx: Context, row: Found, { devices, configurations, former }: Belongings): Wire {
  const offering = getOffering(ctx.offerings, row.kind);
  const open = (place: string, sealed: Buffer) =>
    offering.secrets.parse(JSON.parse(ctx.keys.open(place, sealed).toString()));
  const untilOf = (version: number | undefined) => {
    const found = configurations.find((one) => (version ? one.version === version : one.replaced_at === null));
    return found?.until ?? undefined;
  };
  const spec = offering.toSpec({
    options: offering.options.parse(row.options),
    secrets: open(secretsPlace(row.id), row.secrets),
    port: row.port as number,
    until: untilOf(undefined),
    former: former.map(({ id, port, secrets, version }) => ({
      port,
      secrets: open(formerPlace(id), secrets),
      until: untilOf(version),
    })),
    devices: devices.map(({ id, key }) => ({ id, key })),
  });
  return {
    id: row.id,
    generation: row.generation,
    offering: row.kind,
    specVersion: offering.specVersion,
    spec: JSON.stringify(spec),
    allowance: { ceilingBytes: row.ceiling_bytes ?? undefined, untilMs: BigInt(row.until.getTime()) },
  };
}

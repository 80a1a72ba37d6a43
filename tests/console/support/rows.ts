import { newId } from "@berth/kit";
import type { TestDatabase } from "../../support/database.ts";

type Database = TestDatabase["db"];

const hourMs = 3_600_000;

interface Node {
  readonly name: string;
  readonly region: string;
  readonly address: string;
  readonly state?: "online" | "offline";
}

/** A node as if its agent were there. An online one's last sign lies ahead, so that nobody misses the next one. */
export async function addNode(db: Database, { name, region, address, state = "online" }: Node): Promise<void> {
  const { id: authority_id } = await db.selectFrom("certificate_authorities").select("id").executeTakeFirstOrThrow();
  const seenMs = Date.now() + (state === "online" ? hourMs : -4 * 60_000);
  await db
    .insertInto("nodes")
    .values({
      id: newId("node", new Date()),
      name,
      region,
      addresses: [address],
      state,
      scheduling: "open",
      authority_id,
      observed_address: null,
      port_from: 20_000,
      port_to: 29_999,
      stun_port: 3478,
      version: "0.1.0",
      capabilities: JSON.stringify([{ offering: "derp", specVersions: [1] }]),
      cores: 4,
      memory_bytes: 8_000_000_000n,
      load: 0.4,
      memory_used_bytes: 2_000_000_000n,
      instances: 0,
      instances_most: 500,
      revision: 0n,
      held_revision: 0n,
      joined_at: new Date(),
      last_seen_at: new Date(seenMs),
      served_bytes_per_second: 26_500_000,
      traffic_bytes_most: 8_000_000_000_000n,
      traffic_used_bytes: 6_100_000_000_000n,
    })
    .execute();
}

/** A key that asked for a lease's relays and is not registered. */
export async function knock(db: Database, digit: string): Promise<void> {
  const { id, lease_id } = await db.selectFrom("instances").select(["id", "lease_id"]).executeTakeFirstOrThrow();
  const at = new Date();
  const key = `nodekey:${digit.repeat(64)}`;
  await db
    .insertInto("knocks")
    .values({ lease_id, key, instance_id: id, address: "198.51.100.20", first_at: at, last_at: at, count: 4n })
    .execute();
}

/** What a lease's devices moved in the last hours, as its nodes would have told; a pause lies in between. */
export async function addUsage(db: Database): Promise<void> {
  const { id, lease_id, node_id } = await db.selectFrom("instances").selectAll().executeTakeFirstOrThrow();
  const { account_id } = await db.selectFrom("leases").selectAll().where("id", "=", lease_id).executeTakeFirstOrThrow();
  const stepMs = 300_000;
  const last = Math.floor(Date.now() / stepMs) * stepMs;
  const today = Math.floor(Date.now() / 86_400_000) * 86_400_000;
  for (const [index, subject] of ["device_of_yesterday", ""].entries()) {
    const rows = Array.from({ length: 60 }, (_, step) => ({
      bucket: new Date(last - step * stepMs),
      instance_id: id,
      subject,
      meter: "bytes",
      lease_id,
      account_id,
      node_id,
      value: BigInt(Math.round((40_000_000 * (1 + Math.sin(step / 6))) / (index + 1))),
    })).filter(({ bucket }) => bucket.getTime() >= today);
    await db.insertInto("usage_5m").values(rows).execute();
  }
}

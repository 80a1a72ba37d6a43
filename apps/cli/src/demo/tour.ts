import { type ApiError, type Call, leases } from "@berth/api";
import { formatNodeKey, newKeyPair } from "@berth/derp";
import { sleep } from "@berth/kit";
import type { DerpClient } from "@berth/relay";
import { addDevice, type Device, type Lease, type Person, redeem } from "./people.ts";
import { answersCheck, closed, download, type Relay, send, tryConnect } from "./relays.ts";
import { type Story, until } from "./story.ts";

/** A customer with a lease and two devices, both connected to the lease's first relay. */
export interface Settled {
  readonly person: Person;
  readonly lease: Lease;
  readonly relays: readonly Relay[];
  readonly devices: readonly [Device, Device];
  readonly clients: readonly [DerpClient, DerpClient];
}

export async function settleIn(story: Story, person: Person, code: string): Promise<Settled> {
  const startedAt = performance.now();
  const { lease, ms } = await redeem(person, code);
  const regions = lease.instances.map(({ region }) => region);
  story.promise(
    new Set(regions).size === 3,
    `${person.name} redeemed in ${ms.toFixed(0)} ms: relays in ${regions.join(", ")}`,
  );
  const devices = [await addDevice(person, lease, "laptop"), await addDevice(person, lease, "phone")] as const;
  const relays = await download(person, lease);
  for (const relay of relays) await until("a relay that answers", async () => answersCheck(relay));
  const connect = async ({ keys }: Device) =>
    (await until("a device that is admitted", () => tryConnect(relays[0] as Relay, keys))).value;
  const clients = [await connect(devices[0]), await connect(devices[1])] as const;
  story.tell(`…and both devices were connected ${(performance.now() - startedAt).toFixed(0)} ms after redeeming began`);
  return { person, lease, relays, devices, clients };
}

/** Both devices send; what the relay counted is what they sent, to the byte. */
export async function traffic(story: Story, { person, lease, devices, clients }: Settled): Promise<void> {
  let received = 0;
  for (const client of clients) client.on("packet", (packet) => (received += packet.length));
  const sent = [
    await send(clients[0], devices[1].keys, { count: 20, bytes: 1_200 }),
    await send(clients[1], devices[0].keys, { count: 30, bytes: 333 }),
  ];
  const { value: used, ms } = await until("usage that adds up", async () => {
    const { items } = await person.call(leases.listDevices, { leaseId: lease.id });
    const bytes = devices.map(({ id }) => Number(items.find((item) => item.id === id)?.usedBytes));
    return bytes.every((count, index) => count === sent[index]) && bytes;
  });
  story.promise(
    true,
    `${person.name}: laptop sent ${used[0]} bytes, phone ${used[1]}; counted exactly, seen after ${ms} ms`,
  );
  await until("all packets at the other device", async () => received === (sent[0] ?? 0) + (sent[1] ?? 0));
  story.promise(true, `${person.name}: every packet arrived`);
}

export async function isolation(story: Story, from: Settled, to: Settled): Promise<void> {
  let reached = 0;
  for (const client of to.clients) client.on("packet", () => (reached += 1));
  for (const device of to.devices) await send(from.clients[0], device.keys, { count: 5, bytes: 100 });
  await sleep(300);
  story.promise(reached === 0, `${from.person.name} can't reach ${to.person.name}'s devices`);
}

export async function stranger(story: Story, { person, lease, relays }: Settled): Promise<void> {
  const keys = newKeyPair();
  const admitted = await tryConnect(relays[0] as Relay, keys);
  story.promise(admitted === undefined, "an unregistered key is refused");
  const key = formatNodeKey(keys.publicKey);
  const { value: knock, ms } = await until("the knock", async () => {
    const { items } = await person.call(leases.listKnocks, { leaseId: lease.id });
    return items.find((item) => item.key === key);
  });
  story.promise(true, `…and ${person.name} sees it knocking from ${knock.address}, after ${ms} ms`);
}

export async function removedDevice(story: Story, { person, lease, devices, clients }: Settled): Promise<void> {
  const cut = closed(clients[1], 5_000);
  await person.call(leases.removeDevice, { leaseId: lease.id, deviceId: devices[1].id });
  story.promise(true, `${person.name}'s phone was removed: its connection was closed within ${await cut} ms`);
}

/** Sends until the relay stops it; the count ends at the quota. */
export async function quotaReached(story: Story, { person, lease, devices, clients }: Settled): Promise<void> {
  const quota = Number(lease.trafficBytes);
  const cut = closed(clients[0], 30_000);
  let open = true;
  clients[0].once("close", () => (open = false));
  const packet = Buffer.alloc(1_200, 0x43);
  while (open) {
    for (let i = 0; i < 50 && open; i++) clients[0].send(devices[1].keys.publicKey, packet);
    await sleep(5);
  }
  await cut;
  const { value: after, ms } = await until("the suspension", async () => {
    const present = await person.call(leases.getLease, { leaseId: lease.id });
    return present.state === "suspended" && present;
  });
  const used = Number(after.usedBytes);
  story.promise(
    after.suspendedFor === "quota",
    `${person.name}'s lease was suspended for its quota ${ms} ms after the relay cut off`,
  );
  story.promise(
    used >= quota && used < quota + 1_200,
    `${used} of ${quota} bytes were used: the packet that reached the quota was the last`,
  );
}

export async function endOfLease(story: Story, { person, lease, clients }: Settled, operator: Call): Promise<void> {
  const cuts = clients.map((client) => closed(client, 5_000));
  await operator(leases.endLease, { leaseId: lease.id, reason: "the demo is over" });
  const ms = Math.max(...(await Promise.all(cuts)));
  story.promise(true, `${person.name}'s lease was ended: both connections were closed within ${ms} ms`);
  const refusal = await download(person, lease).catch((error: Error | ApiError) => error.message);
  story.promise(String(refusal).includes("derp.lease_over"), "…and its configuration is refused, with the reason");
}

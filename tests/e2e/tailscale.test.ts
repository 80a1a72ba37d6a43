import assert from "node:assert/strict";
import { after, before, type TestContext, test } from "node:test";
import { derp, leases, metering } from "@berth/api";
import { minuteMs, sleep } from "@berth/kit";
import { type Lease, type Person, redeem, signUp } from "../../apps/cli/src/demo/people.ts";
import { until } from "../../apps/cli/src/demo/story.ts";
import { missing, need } from "../require.ts";
import { type Derpload, DerploadError, startDerpload } from "../support/derpload.ts";
import { makeSerials, type Site, startSite, verify } from "../support/site.ts";

/** A customer with a lease, eight devices by the names that derpload knows them by, and the map as it was downloaded. */
interface Tenant {
  readonly person: Person;
  readonly lease: Lease;
  readonly devices: readonly string[];
  readonly idOf: ReadonlyMap<string, string>;
  readonly derpMap: DerpMap;
}

interface DerpMap {
  readonly OmitDefaultRegions?: boolean;
  readonly Regions: Readonly<Record<string, { Nodes: readonly { HostName: string; STUNPort: number }[] }>>;
}

const regions = [900, 901, 902];
const startedAtMs = Date.now();

let site: Site;
let load: Derpload;
let ada: Tenant;
let bo: Tenant;

before(async () => {
  if (missing("go")) return;
  site = await startSite({ nodes: 3 });
  load = await startDerpload();
  const codes = await makeSerials(site.operator, { count: 2, trafficBytes: "1000000000" });
  ada = await settle("ada", codes[0] as string);
  bo = await settle("bo", codes[1] as string);
});
after(async () => {
  await load?.close();
  await site?.close();
});

/** The tests follow one another on one site: each goes on where the one before it ended. */
function promise(name: string, work: (t: TestContext) => Promise<void>): void {
  test(name, async (t) => {
    if (need(t, "go")) await work(t);
  });
}

async function settle(name: string, code: string): Promise<Tenant> {
  const person = await signUp(site.url, site.operator, name);
  const { lease } = await redeem(person, code);
  const devices = Array.from({ length: 8 }, (_, index) => `${name}-${index}`);
  const idOf = new Map<string, string>();
  for (const device of devices) {
    const { public: key } = await load.ask({ do: "key", device });
    idOf.set(device, (await person.call(leases.addDevice, { leaseId: lease.id, key, name: device })).id);
  }
  return { person, lease, devices, idOf, derpMap: await download(person, lease, "?defaults=omit") };
}

async function download({ call }: Person, { id }: Lease, query: string): Promise<DerpMap> {
  const { url } = await call(derp.getConfiguration, { leaseId: id });
  const reply = await fetch(`${url}${query}`);
  assert.equal(reply.status, 200);
  return (await reply.json()) as DerpMap;
}

/** Connects to the relay of a region, as soon as it admits the device. */
async function connect({ derpMap }: Tenant, device: string, region: number): Promise<void> {
  await until(`${device} admitted in ${region}`, () =>
    load.ask({ do: "connect", device, derpMap, region, within: 2_000 }).catch((error) => {
      if (!(error instanceof DerploadError)) throw error;
    }),
  );
}

/** Leaves with everything read by the relay, and connects again. */
async function reconnect(tenant: Tenant, device: string, region: number): Promise<void> {
  await load.ask({ do: "close", device, flush: true });
  await connect(tenant, device, region);
}

/** The region of a device's pair, before its pair moves and after. */
const regionOf = (index: number, moved = 0) => regions[(Math.floor(index / 2) + moved) % 3] as number;

/** Two devices each; all three relays have one pair of each tenant or two. */
const pairs = () =>
  [ada, bo].flatMap(({ devices: d }) => [0, 2, 4, 6].map((i) => [d[i], d[i + 1]] as [string, string]));

/** What control says each device has used, both ways of asking, is what derpload knows that the relays have read. */
async function requireExactSums(tenant: Tenant): Promise<number> {
  const { devices: counts } = await load.ask({ do: "stats" });
  const wrong = async () => {
    const [used, listed] = [await usageByDevice(tenant), await listedBytes(tenant)];
    return tenant.devices.flatMap((device) => {
      const { sentBytes: sent = 0, pendingBytes = 0, unsureBytes = 0 } = counts[device] ?? {};
      const id = tenant.idOf.get(device) as string;
      const found = {
        device,
        sent,
        pendingBytes,
        unsureBytes,
        used: used.get(id) ?? 0,
        listed: listed.get(id) ?? sent,
      };
      const isExact = found.used === sent && found.listed === sent && pendingBytes + unsureBytes === 0;
      return isExact ? [] : [found];
    });
  };
  await until("exact sums", async () => (await wrong()).length === 0, 5_000).catch(() => undefined);
  await sleep(600); // nothing more comes in
  assert.deepEqual(await wrong(), []);
  const total = tenant.devices.reduce((sum, device) => sum + (counts[device]?.sentBytes ?? 0), 0);
  assert.equal(Number((await tenant.person.call(leases.getLease, { leaseId: tenant.lease.id })).usedBytes), total);
  return total;
}

async function usageByDevice({ person, lease }: Tenant): Promise<Map<string, number>> {
  const { buckets } = await person.call(metering.getUsage, {
    leaseId: lease.id,
    by: "device",
    step: "5m",
    from: new Date(startedAtMs - 5 * minuteMs).toISOString(),
    to: new Date(Date.now() + minuteMs).toISOString(),
  });
  const used = new Map<string, number>();
  for (const { of, bytes } of buckets) used.set(of, (used.get(of) ?? 0) + Number(bytes));
  return used;
}

/** A removed device is not listed any more. */
async function listedBytes({ person, lease }: Tenant): Promise<Map<string, number>> {
  const { items } = await person.call(leases.listDevices, { leaseId: lease.id });
  return new Map(items.map(({ id, usedBytes }) => [id, Number(usedBytes)]));
}

promise("the map names three regions of Berth, with or without Tailscale's own", async () => {
  assert.deepEqual(Object.keys(ada.derpMap.Regions).map(Number), regions);
  assert.equal(ada.derpMap.OmitDefaultRegions, true);
  const kept = await download(ada.person, ada.lease, "");
  assert.equal(kept.OmitDefaultRegions, undefined);
  assert.deepEqual(kept.Regions, ada.derpMap.Regions);
});

promise("16 devices of two tenants connect to three relays, whose certificates are verified by their pin", async () => {
  for (const tenant of [ada, bo]) {
    await Promise.all(tenant.devices.map((device, index) => connect(tenant, device, regionOf(index))));
  }
  const [region] = Object.values(ada.derpMap.Regions);
  const [node] = region?.Nodes ?? [];
  const CertName = `sha256-raw:${"0".repeat(64)}`;
  const wrongPin = { Regions: { 900: { ...region, Nodes: [{ ...node, CertName }] } } };
  await load.ask({ do: "key", device: "careful" });
  const refused = await load.ask({ do: "connect", device: "careful", derpMap: wrongPin, region: 900 }).catch(String);
  assert.match(String(refused), /cert hash does not match/);
});

promise("reconnects and a killed agent lose and double no byte, of any device", async (t) => {
  await load.ask({ do: "traffic", pairs: pairs(), bytes: 700, pps: 12, seconds: 30 });
  await sleep(1_500);
  for (const tenant of [ada, bo]) {
    await Promise.all(tenant.devices.slice(0, 4).map((device, index) => reconnect(tenant, device, regionOf(index))));
  }
  const agent = site.nodes[1]?.agent.pid() as number;
  process.kill(agent, "SIGKILL");
  await sleep(1_500);
  assert.notEqual(site.nodes[1]?.agent.pid(), agent, "another agent took over");
  for (const tenant of [ada, bo]) {
    await Promise.all(tenant.devices.map((device, index) => reconnect(tenant, device, regionOf(index, 1))));
  }
  await sleep(2_000);
  const { devices } = await load.ask({ do: "stop" });

  for (const [device, counts] of Object.entries(devices)) {
    assert.equal(counts.breaks, 0, `${device}: ${counts.lastError}`);
    assert.equal(counts.corruptPackets + counts.misorderedPackets, 0, device);
    assert.equal(counts.connects, /[0-3]$/.test(device) ? 3 : 2, device);
    assert.ok(counts.recvPackets > 20, `${device} received ${counts.recvPackets}`);
  }
  const packets = Object.values(devices).reduce((sum, { sentPackets }) => sum + sentPackets, 0);
  const bytes = (await requireExactSums(ada)) + (await requireExactSums(bo));
  t.diagnostic(`${packets} packets of 16 devices, ${bytes} bytes, counted exactly`);
  assert.equal(bytes, packets * 700);
  assert.ok(packets > 500, `${packets} packets`);
});

promise("STUN and latency check answer at every relay, and netcheck makes one of them home", async () => {
  for (const region of regions) {
    const [node] = ada.derpMap.Regions[region]?.Nodes ?? [];
    const { mapped, local } = await load.ask({ do: "stun", host: node?.HostName, port: node?.STUNPort });
    assert.equal(mapped, local);
    assert.equal((await load.ask({ do: "latency", derpMap: ada.derpMap, region })).status, 200);
  }
  const { home, latencyMs } = await load.ask({ do: "netcheck", derpMap: ada.derpMap });
  assert.ok(regions.includes(home), `home is ${home}`);
  assert.deepEqual(Object.keys(latencyMs).map(Number).sort(), regions);
});

promise("an unregistered key is refused, and its customer sees it knock", async () => {
  const { public: key } = await load.ask({ do: "key", device: "stranger" });
  const refused = await load
    .ask({ do: "connect", device: "stranger", derpMap: ada.derpMap, region: 901 })
    .catch((e) => e);
  assert.ok(refused instanceof DerploadError);
  assert.equal(refused.answer.refused, true, refused.message);
  const { value: knock } = await until("the knock", async () => {
    const { items } = await ada.person.call(leases.listKnocks, { leaseId: ada.lease.id });
    return items.find((item) => item.key === key);
  });
  assert.equal(knock.instanceId, ada.lease.instances[1]?.id);
  const others = await bo.person.call(leases.listKnocks, { leaseId: bo.lease.id });
  assert.deepEqual(others.items, []);
});

promise("nobody reaches another tenant's devices, nor enters their relay", async () => {
  const [from, to] = [ada.devices[0] as string, bo.devices[0] as string];
  const { devices: before } = await load.ask({ do: "stats" });
  const { counts } = await load.ask({ do: "send", device: from, to, packets: 20, bytes: 400, flush: true });
  await sleep(300);
  const { devices: now } = await load.ask({ do: "stats" });
  assert.equal(counts.connected, true, "the sender stays connected");
  assert.equal(now[to]?.recvPackets, before[to]?.recvPackets);
  assert.equal(now[to]?.from[from], undefined);
  await requireExactSums(ada);

  await load.ask({ do: "close", device: to, flush: true });
  const refused = await load.ask({ do: "connect", device: to, derpMap: ada.derpMap, region: 900 }).catch((e) => e);
  assert.ok(refused instanceof DerploadError && refused.answer.refused === true, String(refused));
  await connect(bo, to, regionOf(0, 1));
});

promise("a removed device is cut off within 5 s, and no one else", async () => {
  const device = ada.devices[7] as string;
  const deviceId = ada.idOf.get(device) as `device_${string}`;
  const closed = load.ask({ do: "expectClosed", device, within: 5_000 });
  await ada.person.call(leases.removeDevice, { leaseId: ada.lease.id, deviceId });
  await closed;
  const { devices } = await load.ask({ do: "stats" });
  for (const other of [...ada.devices.slice(0, 7), ...bo.devices]) assert.equal(devices[other]?.connected, true, other);
  await requireExactSums(ada);
});

promise("a suspended lease serves nobody; resumed, the same map works again and sums stay exact", async () => {
  const closed = bo.devices.map((device) => load.ask({ do: "expectClosed", device, within: 5_000 }));
  await site.operator(leases.suspendLease, { leaseId: bo.lease.id, reason: "an unpaid bill" });
  await Promise.all(closed);
  const [device, peer] = [bo.devices[0] as string, bo.devices[1] as string];
  const region = regionOf(0);
  await assert.rejects(load.ask({ do: "connect", device, derpMap: bo.derpMap, region, within: 1_000 }));

  await site.operator(leases.resumeLease, { leaseId: bo.lease.id });
  for (const name of [device, peer]) await connect(bo, name, region);
  const before = (await load.ask({ do: "stats", device: peer })).devices[peer]?.from[device]?.packets ?? 0;
  await load.ask({ do: "send", device, to: peer, packets: 40, bytes: 1_111, flush: true });
  await load.ask({ do: "waitReceived", device: peer, from: device, packets: before + 40 });
  await requireExactSums(bo);
});

promise("a lease that ends closes its connections, and only its own", async () => {
  const closed = ada.devices.slice(0, 7).map((device) => load.ask({ do: "expectClosed", device, within: 5_000 }));
  await site.operator(leases.endLease, { leaseId: ada.lease.id, reason: "the test is over" });
  await Promise.all(closed);
  const { devices } = await load.ask({ do: "stats" });
  assert.equal(devices[bo.devices[0] as string]?.connected, true);
  const { url } = await ada.person.call(derp.getConfiguration, { leaseId: ada.lease.id });
  assert.equal((await fetch(url)).status, 403);
  for (const tenant of [ada, bo]) await requireExactSums(tenant);
});

promise("berth verify finds everything in order", async () => {
  assert.match(await verify(site), /ok {3}usage: [1-9]\d* rows/);
});

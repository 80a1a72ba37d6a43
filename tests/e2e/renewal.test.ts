import assert from "node:assert/strict";
import { after, before, type TestContext, test } from "node:test";
import { configurations, derp, leases, notices, orders } from "@berth/api";
import type { Lease } from "../../apps/cli/src/demo/people.ts";
import { until } from "../../apps/cli/src/demo/story.ts";
import { missing, need } from "../require.ts";
import { type Derpload, DerploadError, startDerpload } from "../support/derpload.ts";
import { makeSerials, verify } from "../support/site.ts";
import { type RunningNode, TimedSite } from "../support/timed-site.ts";

/*
 * Control's clock stands 32 days back at first, then 3 days, then at now: so what was granted at first is renewed on its 29th day
 * and ends on its 32nd. Nodes and Tailscale's clients live in the present all the time.
 */
const [day0, day29, day32] = [32, 3, 0];
const regions = [900, 901];
const names = ["a", "b", "c", "d"];

let site: TimedSite;
let load: Derpload;
let nodes: RunningNode[];
let lease: Lease;
let former: unknown;
let present: unknown;

before(async () => {
  if (missing("go")) return;
  site = await TimedSite.open();
  load = await startDerpload();
  await site.startControl(day0);
  nodes = [await site.start("one", { join: true }), await site.start("two", { join: true })];
  for (const name of ["one", "two"])
    await until(`${name} online`, async () => (await site.node(name))?.state === "online", 20_000);
  const [code] = await makeSerials(site.operator, { count: 1, durationDays: 360 });
  lease = (await site.operator(orders.redeemSerial, { code: code as string })).lease;
  assert.equal(lease.instances.length, 2);
  for (const name of names) {
    const { public: key } = await load.ask({ do: "key", device: name });
    await site.operator(leases.addDevice, { leaseId: lease.id, key, name });
  }
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

async function download(): Promise<unknown> {
  return (await fetch((await site.operator(derp.getConfiguration, { leaseId: lease.id })).url)).json();
}

async function versions(): Promise<string[]> {
  const { items } = await site.operator(configurations.listConfigurations, { leaseId: lease.id });
  return items.map(({ version, state }) => `${version} ${state}`);
}

/** Connects as soon as the relay admits the device. */
async function connect(device: string, derpMap: unknown, region: number): Promise<void> {
  const enter = () =>
    load.ask({ do: "connect", device, derpMap, region, within: 2_000 }).catch((error) => {
      if (!(error instanceof DerploadError)) throw error;
    });
  await until(`${device} admitted in ${region}`, enter, 20_000);
}

/** To be asked while the device is connected: resolves when its connection was ended. */
const isClosed = (device: string) => load.ask({ do: "expectClosed", device, within: 40_000 });

/** Whether the old way in is shut; where it is not yet, the device leaves again. */
async function isRefused(device: string, derpMap: unknown, region: number): Promise<boolean> {
  try {
    await load.ask({ do: "connect", device, derpMap, region, within: 1_000 });
  } catch (error) {
    if (error instanceof DerploadError) return true;
    throw error;
  }
  await load.ask({ do: "close", device, flush: true });
  return false;
}

/** Leaves with everything read by the relay, and connects anew. */
async function reconnect(device: string, derpMap: unknown, region: number): Promise<void> {
  await load.ask({ do: "close", device, flush: true });
  await connect(device, derpMap, region);
}

/** Everybody sends to everybody, and all of it arrives. */
async function requireAllReach(region: number): Promise<void> {
  for (const from of names) {
    for (const to of names) {
      if (from === to) continue;
      const before = (await load.ask({ do: "stats", device: to })).devices[to]?.from[from]?.packets ?? 0;
      await load.ask({ do: "send", device: from, to, packets: 5, bytes: 300, flush: true });
      await load
        .ask({ do: "waitReceived", device: to, from, packets: before + 5, within: 20_000 })
        .catch((error) => assert.fail(`${from} does not reach ${to} in ${region}: ${error}`));
    }
  }
}

/** What control says each device has used is what derpload knows that the relays have read: to the byte. */
async function requireExactSums(): Promise<number> {
  const { devices: counts } = await load.ask({ do: "stats" });
  const sure = names.map((name) => {
    const { sentBytes = 0, pendingBytes = 0, unsureBytes = 0 } = counts[name] ?? {};
    assert.equal(pendingBytes + unsureBytes, 0, name);
    return [name, sentBytes] as const;
  });
  const used = async () => {
    const { items } = await site.operator(leases.listDevices, { leaseId: lease.id });
    return new Map(items.map(({ name, usedBytes }) => [name, Number(usedBytes)]));
  };
  const isExact = async () => {
    const known = await used();
    return sure.every(([name, bytes]) => known.get(name) === bytes);
  };
  await until("exact sums", isExact, 30_000).catch(async () => assert.deepEqual(await used(), new Map(sure)));
  return sure.reduce((sum, [, bytes]) => sum + bytes, 0);
}

promise("on day 29 a new configuration is made by itself, and who is connected notices nothing", async () => {
  former = await download();
  for (const device of names) await connect(device, former, 900);
  await requireAllReach(900);
  assert.deepEqual(await versions(), ["1 present"]);
  const pairs = [["a", "b"] as const, ["c", "d"] as const];
  await load.ask({ do: "traffic", pairs, bytes: 400, pps: 20, seconds: 60 });

  await site.startControl(day29);
  await until("the renewal", async () => (await versions()).length === 2, 30_000);
  assert.deepEqual(await versions(), ["2 present", "1 former"]);
  present = await download();
  assert.notDeepEqual(present, former);
  const { items } = await site.operator(notices.listOutbox, { limit: 100 });
  assert.equal(items.filter(({ kind }) => kind === "leases.configuration_renewed").length, 1);

  // Half of them change to the new configuration, in the middle of their traffic.
  for (const device of ["b", "d"]) await reconnect(device, present, 900);
  const { devices } = await load.ask({ do: "stop" });
  for (const [device, counts] of Object.entries(devices)) {
    assert.equal(counts.breaks, 0, `${device}: ${counts.lastError}`);
    assert.equal(counts.corruptPackets + counts.misorderedPackets, 0, device);
    assert.ok(counts.recvPackets > 20, device);
  }
  await requireExactSums();
});

promise(
  "old and new configuration mixed: everybody reaches everybody, over each relay, and each byte counts once",
  async () => {
    for (const region of regions) {
      for (const device of ["a", "c"]) await reconnect(device, former, region);
      for (const device of ["b", "d"]) await reconnect(device, present, region);
      await requireAllReach(region);
    }
    await requireExactSums();
  },
);

promise("a killed relay, agent or control changes nothing of that", async () => {
  for (const app of ["agent", "relay"] as const) {
    // What a killed relay had not told yet would be lost: all was told.
    await requireExactSums();
    const closed = Promise.all(app === "relay" ? names.map(isClosed) : []);
    for (const node of nodes) {
      const pid = node.pid(app) as number;
      process.kill(pid, "SIGKILL");
      await until(`another ${app}`, async () => node.pid(app) !== pid, 30_000);
    }
    await closed;
    const again = app === "relay" ? connect : reconnect;
    for (const device of ["a", "c"]) await again(device, former, 900);
    for (const device of ["b", "d"]) await again(device, present, 900);
    await requireAllReach(900);
  }
  await site.stopControl();
  await requireAllReach(900);
  await site.startControl(day29);
  await requireAllReach(900);
  await requireExactSums();
  assert.deepEqual(await versions(), ["2 present", "1 former"]);
});

promise("on day 32 the old one stops: who came by it is out and stays out, the others are not touched", async () => {
  const closed = Promise.all(["a", "c"].map(isClosed));
  await site.startControl(day32);
  await closed;
  await until("the end of version 1", async () => (await versions())[1] === "1 expired", 30_000);
  for (const region of regions)
    await until(`nobody gets in at ${region}`, () => isRefused("a", former, region), 30_000);
  const { devices } = await load.ask({ do: "stats" });
  for (const device of ["b", "d"]) assert.equal(devices[device]?.connected, true);
  for (const device of ["a", "c"]) await connect(device, present, 900);
  await requireAllReach(900);
  assert.ok((await requireExactSums()) > 0);
});

promise("a configuration that leaked is replaced at once", async () => {
  const closed = Promise.all(names.map(isClosed));
  await site.operator(configurations.renewConfiguration, { leaseId: lease.id, former: "revoke" });
  await closed;
  for (const region of regions)
    await until(`nobody gets in at ${region}`, () => isRefused("a", present, region), 30_000);
  const next = await download();
  for (const device of names) await connect(device, next, 901);
  await requireAllReach(901);
  await requireExactSums();
});

promise("berth verify finds everything in order", async () => {
  assert.match(await verify(site), /ok {3}usage: [1-9]\d* rows/);
});

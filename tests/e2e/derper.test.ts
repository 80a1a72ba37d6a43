import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, test } from "node:test";
import { derp, leases } from "@berth/api";
import { sleep } from "@berth/kit";
import { type Lease, type Person, redeem, signUp } from "../../apps/cli/src/demo/people.ts";
import { until } from "../../apps/cli/src/demo/story.ts";
import { missing, need } from "../require.ts";
import { derperImage } from "../support/derper-image.ts";
import { type Derpload, DerploadError, startDerpload } from "../support/derpload.ts";
import { makeSerials, type Site, startSite } from "../support/site.ts";

/** A customer with a lease, devices by the names that derpload knows them by, and the map as it was downloaded. */
interface Tenant {
  readonly person: Person;
  readonly lease: Lease;
  readonly devices: readonly string[];
  readonly idOf: ReadonlyMap<string, string>;
  readonly derpMap: unknown;
}

const regions = [900, 901];
/** What a second of derpload's fastest may be on two slow cores, and then some. */
const secondBytes = 200_000_000;

let site: Site;
let load: Derpload;
/** On derper, on derper with little traffic, and on Berth's own relay. */
let ada: Tenant;
let bo: Tenant;
let cy: Tenant;

before(async () => {
  if (missing("go") || missing("docker")) return;
  process.env.BERTH_DERPER_IMAGE = await derperImage();
  site = await startSite({ nodes: 2 });
  load = await startDerpload();
  const derper = { server: "derper", relays: 2 };
  ada = await settle("ada", { trafficBytes: "1000000000", options: derper });
  bo = await settle("bo", { trafficBytes: "1000000", options: { ...derper, relays: 1 } });
  cy = await settle("cy", { options: { relays: 1 } });
});
after(async () => {
  await load?.close();
  await site?.close();
});

/** The tests follow one another on one site: each goes on where the one before it ended. */
function promise(name: string, work: () => Promise<void>): void {
  test(name, async (t) => {
    if (need(t, "go") && need(t, "docker")) await work();
  });
}

async function settle(name: string, plan: { trafficBytes?: string; options: object }): Promise<Tenant> {
  const [code] = await makeSerials(site.operator, { count: 1, ...plan, options: { ...plan.options } });
  const person = await signUp(site.url, site.operator, name);
  const { lease } = await redeem(person, code as string);
  const devices = [`${name}-0`, `${name}-1`, `${name}-2`];
  const idOf = new Map<string, string>();
  for (const device of devices) {
    const { public: key } = await load.ask({ do: "key", device });
    idOf.set(device, (await person.call(leases.addDevice, { leaseId: lease.id, key, name: device })).id);
  }
  const { url } = await person.call(derp.getConfiguration, { leaseId: lease.id });
  const derpMap = await (await fetch(`${url}?defaults=omit`)).json();
  return { person, lease, devices, idOf, derpMap };
}

/** Connects as soon as the relay of that region admits the device. */
async function connect({ derpMap }: Tenant, device: string, region = 900): Promise<void> {
  await until(
    `${device} admitted in ${region}`,
    () =>
      load.ask({ do: "connect", device, derpMap, region, within: 2_000 }).catch((error) => {
        if (!(error instanceof DerploadError)) throw error;
      }),
    15_000,
  );
}

/** Sends and waits until the other has it all. */
async function talk(from: string, to: string, packets: number, bytes: number): Promise<void> {
  const before = (await load.ask({ do: "stats", device: to })).devices[to]?.from[from]?.packets ?? 0;
  await load.ask({ do: "send", device: from, to, packets, bytes, pps: 500, flush: true });
  await load.ask({ do: "waitReceived", device: to, from, packets: before + packets });
}

async function usedBytes({ person, lease }: Tenant): Promise<number> {
  return Number((await person.call(leases.getLease, { leaseId: lease.id })).usedBytes);
}

/** What control says was used is what derpload knows that the relays have read. */
async function requireExactSum(tenant: Tenant): Promise<number> {
  const { devices } = await load.ask({ do: "stats" });
  const counts = tenant.devices.map((device) => devices[device]);
  const sent = counts.reduce((sum, count) => sum + (count?.sentBytes ?? 0), 0);
  assert.equal(
    counts.reduce((sum, count) => sum + (count?.pendingBytes ?? 0) + (count?.unsureBytes ?? 0), 0),
    0,
  );
  await until("the sum", async () => (await usedBytes(tenant)) === sent, 5_000).catch(() => undefined);
  await sleep(1_500); // nothing more comes in
  assert.equal(await usedBytes(tenant), sent);
  return sent;
}

/** Names of containers that run, of this lease. */
function containersOf({ lease }: Tenant, ...options: string[]): string[] {
  const names = lease.instances.flatMap(({ id }) => ["--filter", `name=^berth-${id}$`]);
  const args = ["ps", ...options, "--format", "{{.Names}}", ...names];
  return execFileSync("docker", args, { encoding: "utf8" }).split("\n").filter(Boolean);
}

promise("each instance of a plan with derper is a container of its own, published on its node's address", async () => {
  await until("two containers", async () => containersOf(ada).length === 2, 20_000);
  for (const { id } of ada.lease.instances) {
    const text = execFileSync("docker", ["inspect", `berth-${id}`], { encoding: "utf8" });
    const [{ HostConfig: host, Config: config }] = JSON.parse(text);
    const bindings = Object.values(host.PortBindings).flat() as { HostIp: string }[];
    assert.ok(site.nodes.some(({ address }) => address === bindings[0]?.HostIp));
    assert.equal(bindings.length, 1);
    assert.deepEqual([host.ReadonlyRootfs, host.CapDrop, host.SecurityOpt], [true, ["ALL"], ["no-new-privileges"]]);
    assert.deepEqual([host.NanoCpus, host.Memory, host.PidsLimit], [1e9, 256 * 1_048_576, 128]);
    assert.notEqual(config.User.split(":")[0], "0");
  }
  assert.deepEqual(containersOf(cy), []);
});

promise("Tailscale's clients connect by the downloaded map, and every byte of payload is counted once", async () => {
  const [first, second] = ada.devices as [string, string];
  for (const region of regions) {
    assert.equal((await load.ask({ do: "latency", derpMap: ada.derpMap, region })).status, 200);
    for (const device of [first, second]) await connect(ada, device, region);
    await talk(first, second, 100, 1_200);
    await talk(second, first, 50, 333);
    for (const device of [first, second]) await load.ask({ do: "close", device, flush: true });
  }
  assert.equal(await requireExactSum(ada), 2 * (100 * 1_200 + 50 * 333));
});

promise("Berth's own relay serves another lease on the same node", async () => {
  const [first, second] = cy.devices as [string, string];
  for (const device of [first, second]) await connect(cy, device);
  await talk(first, second, 20, 500);
  assert.equal(await requireExactSum(cy), 10_000);
});

promise("an agent that is killed disturbs nobody, and the next one goes on counting and admitting", async () => {
  const [first, second, third] = ada.devices as [string, string, string];
  for (const device of [first, second]) await connect(ada, device);
  await talk(first, second, 50, 700);
  const containers = containersOf(ada, "--no-trunc", "--format", "{{.ID}}");
  for (const { agent } of site.nodes) process.kill(agent.pid() as number, "SIGKILL");
  await talk(second, first, 50, 700);
  await connect(ada, third);
  await talk(third, first, 50, 700);
  const { devices } = await load.ask({ do: "stats" });
  for (const device of ada.devices) assert.equal(devices[device]?.breaks, 0, device);
  await requireExactSum(ada);
  assert.deepEqual(containersOf(ada, "--no-trunc", "--format", "{{.ID}}"), containers);
});

promise("a stranger is refused, and the customer sees the key knock", async () => {
  const { public: key } = await load.ask({ do: "key", device: "stranger" });
  const refused = await load
    .ask({ do: "connect", device: "stranger", derpMap: ada.derpMap, region: 901 })
    .catch((error) => error);
  assert.ok(refused instanceof DerploadError && refused.answer.refused === true, String(refused));
  const { value: knock } = await until("the knock", async () => {
    const { items } = await ada.person.call(leases.listKnocks, { leaseId: ada.lease.id });
    return items.find((item) => item.key === key);
  });
  assert.equal(knock.instanceId, ada.lease.instances[1]?.id);
});

promise("a removed device is cut off within 5 s, and no one else", async () => {
  const [first, second, third] = ada.devices as [string, string, string];
  const closed = load.ask({ do: "expectClosed", device: third, within: 5_000 });
  const deviceId = ada.idOf.get(third) as `device_${string}`;
  await ada.person.call(leases.removeDevice, { leaseId: ada.lease.id, deviceId });
  await closed;
  const again = await load.ask({ do: "connect", device: third, derpMap: ada.derpMap, region: 900 }).catch((e) => e);
  assert.ok(again instanceof DerploadError && again.answer.refused === true, String(again));
  await talk(first, second, 10, 100);
});

promise("a quota that is used up ends the service within seconds, with what was let through counted", async () => {
  const [first, second] = bo.devices as [string, string];
  for (const device of [first, second]) await connect(bo, device);
  const closed = Promise.all([first, second].map((device) => load.ask({ do: "expectClosed", device, within: 10_000 })));
  await load.ask({ do: "send", device: first, to: second, packets: 1_000, bytes: 1_200, pps: 2_000 }).catch(() => {});
  await closed;
  await until("suspended", async () => {
    return (await bo.person.call(leases.getLease, { leaseId: bo.lease.id })).state === "suspended";
  });
  const { devices } = await load.ask({ do: "stats" });
  const { sentBytes = 0, pendingBytes = 0, unsureBytes = 0 } = devices[first] ?? {};
  const used = await usedBytes(bo);
  assert.ok(used >= 1_000_000 && used <= 1_000_000 + secondBytes, `${used}`);
  assert.ok(used <= sentBytes + pendingBytes + unsureBytes, `${used} of ${sentBytes + unsureBytes}`);
  await until("no container", async () => containersOf(bo).length === 0);
});

promise("a lease that ends leaves no container behind", async () => {
  const closed = load.ask({ do: "expectClosed", device: ada.devices[0] as string, within: 5_000 });
  await site.operator(leases.endLease, { leaseId: ada.lease.id, reason: "the test is over" });
  await closed;
  await until("no container", async () => containersOf(ada, "-a").length === 0);
  const [first, second] = cy.devices as [string, string];
  await talk(first, second, 5, 100);
});

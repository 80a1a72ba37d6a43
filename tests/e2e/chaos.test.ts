import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { leases } from "@berth/api";
import { formatNodeKey, newKeyPair } from "@berth/derp";
import { sleep } from "@berth/kit";
import { addDevice, type Device, type Lease, type Person, redeem, signUp } from "../../apps/cli/src/demo/people.ts";
import { download, type Relay, tryConnect } from "../../apps/cli/src/demo/relays.ts";
import { until } from "../../apps/cli/src/demo/story.ts";
import { mainOf } from "../../apps/cli/src/program.ts";
import { makeSerials, type Site, startSite } from "../support/site.ts";
import { Talk } from "../support/talk.ts";

const rounds = 10;
let site: Site;
let person: Person;
let lease: Lease;
let relays: Relay[];
let devices: readonly [Device, Device];
/** Two talks for each relay, in the relays' order: the first device to the second, and back. */
let talks: Talk[];

before(async () => {
  site = await startSite({ nodes: 3 });
  person = await signUp(site.url, site.operator, "chaos");
  const [code] = await makeSerials(site.operator, { count: 1 });
  lease = (await redeem(person, code as string)).lease;
  devices = [await addDevice(person, lease, "one"), await addDevice(person, lease, "two")];
  relays = await download(person, lease);
  const [one, two] = devices;
  talks = relays.flatMap((relay) => [new Talk(relay, one.keys, two.keys), new Talk(relay, two.keys, one.keys)]);
  for (const talk of talks) talk.start();
  await until("all devices connected", async () => talks.every(({ isConnected }) => isConnected));
});
after(() => site.close());

/** The first node, and the talks over its relay and over the others. */
function victim() {
  const node = site.nodes[0];
  assert.ok(node);
  const own = relays.findIndex(({ host }) => host === node.address);
  return { node, own: talks.slice(2 * own, 2 * own + 2), others: talks.filter((_, index) => index >> 1 !== own) };
}

/** Everything works when a key that is registered now is admitted by every relay, and its removal is heard of. */
async function everythingWorks(): Promise<void> {
  const keys = newKeyPair();
  const key = formatNodeKey(keys.publicKey);
  const device = await until(
    "the API",
    () => person.call(leases.addDevice, { leaseId: lease.id, key, name: "probe" }).catch(() => undefined),
    10_000,
  );
  for (const relay of relays) {
    const { value } = await until("a relay that admits a new key", () => tryConnect(relay, keys), 10_000);
    await value.close();
  }
  await until(
    "the removal",
    () => person.call(leases.removeDevice, { leaseId: lease.id, deviceId: device.value.id }).catch(() => undefined),
    10_000,
  );
}

/** Kills a process ten times and asks each time that everything is back within ten seconds. Returns the longest. */
async function killTenTimes(pid: () => number | undefined): Promise<number> {
  let longestMs = 0;
  for (let round = 0; round < rounds; round++) {
    await sleep(2_100 - Math.min(2_000, round * 150)); // at another moment of their timers each time
    const startedAt = performance.now();
    process.kill(pid() as number, "SIGKILL");
    await everythingWorks();
    longestMs = Math.max(longestMs, performance.now() - startedAt);
  }
  assert.ok(longestMs < 10_000, `back after ${longestMs} ms`);
  return Math.round(longestMs);
}

const breaksOf = (some: readonly Talk[]) => some.reduce((sum, { breaks }) => sum + breaks, 0);

test("control, killed ten times, is back within 10 s and no connection breaks", async (t) => {
  t.diagnostic(`longest ${await killTenTimes(() => site.controls[0]?.pid())} ms`);
  assert.equal(breaksOf(talks), 0);
});

test("an agent, killed ten times, is back within 10 s and no connection breaks", async (t) => {
  t.diagnostic(`longest ${await killTenTimes(() => victim().node.agent.pid())} ms`);
  assert.equal(breaksOf(talks), 0);
});

test("PostgreSQL, killed ten times, is back within 10 s and no connection breaks", async (t) => {
  t.diagnostic(`longest ${await killTenTimes(() => site.postgres.pid())} ms`);
  assert.equal(breaksOf(talks), 0);
});

test("a relay, killed ten times: its devices are back within 3 s, those of other nodes notice nothing", async (t) => {
  const { node, own, others } = victim();
  t.diagnostic(`longest ${await killTenTimes(() => node.relay.pid())} ms`);
  assert.equal(breaksOf(others), 0);
  assert.equal(breaksOf(own), 2 * rounds);
  const longestMs = Math.max(...own.map(({ longestBreakMs }) => longestBreakMs));
  t.diagnostic(`a device was without its relay for ${Math.round(longestMs)} ms at the most`);
  assert.ok(longestMs < 3_000, `${longestMs} ms`);
});

test("after forty kills usage is never doubled and at most a second short for each kill of a relay", async (t) => {
  const { own } = victim();
  await Promise.all(talks.map((talk) => talk.end()));
  const sent = devices.map((_, index) =>
    talks.filter((_, at) => at % 2 === index).reduce((sum, { sentBytes }) => sum + sentBytes, 0),
  );
  const ownSent = devices.map((_, index) => own[index]?.sentBytes ?? 0);
  let used: number[] = [];
  await until(
    "usage to settle",
    async () => {
      const { items } = await person.call(leases.listDevices, { leaseId: lease.id });
      const now = devices.map(({ id }) => Number(items.find((item) => item.id === id)?.usedBytes));
      const isSame = now.every((bytes, index) => bytes === used[index]);
      used = now;
      await sleep(500);
      return isSame;
    },
    10_000,
  );
  for (const [index, bytes] of used.entries()) {
    const short = (sent[index] ?? 0) - bytes;
    t.diagnostic(`${bytes} of ${sent[index]} bytes counted (${ownSent[index]} over the relay that was killed)`);
    assert.ok(short >= 0, `${-short} bytes too many`);
    assert.ok(short <= rounds * Talk.bytesPerSecond, `${short} bytes short`);
  }
  const after = await person.call(leases.getLease, { leaseId: lease.id });
  assert.equal(after.state, "active");
  assert.equal(
    Number(after.usedBytes),
    used.reduce((sum, bytes) => sum + bytes, 0),
  );
});

test("berth verify finds nothing", () => {
  const verify = spawnSync(process.execPath, [mainOf("cli"), "verify"], {
    env: { ...process.env, BERTH_DATA: join(site.folder, "data"), BERTH_DATABASE_URL: site.databaseUrl },
    encoding: "utf8",
  });
  assert.equal(verify.status, 0, verify.stdout + verify.stderr);
  assert.match(verify.stdout, /ok {3}events: \d+ rows\nok {3}usage: \d+ rows/);
});

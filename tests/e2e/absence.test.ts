import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { after, before, test } from "node:test";
import { ApiError, configurations, derp, fleet, leases, orders } from "@berth/api";
import { formatNodeKey, formatPrivateKey, newKeyPair } from "@berth/derp";
import { authorityFingerprint, isIssuedBy, type NodeIdentity, splitCertificates } from "@berth/link";
import type { Lease } from "../../apps/cli/src/demo/people.ts";
import { send, tryConnect } from "../../apps/cli/src/demo/relays.ts";
import { until } from "../../apps/cli/src/demo/story.ts";
import { need } from "../require.ts";
import { startDerpload } from "../support/derpload.ts";
import { makeSerials, verify } from "../support/site.ts";
import { TimedSite } from "../support/timed-site.ts";

let site: TimedSite;
/** A lease of 360 days that began a month ago, on one node, with a device and the map as it was downloaded then. */
let lease: Lease;
let derpMap: string;
let before30Days: NodeIdentity;
const [laptop, phone] = [newKeyPair(), newKeyPair()];
const monthAgoBytes = 12_345;

before(async () => {
  site = await TimedSite.open();
  await site.enrolledLongAgo("too-late", 182);
  await site.enrolledLongAgo("half-year", 180);
  await site.startControl(30);
  const node = await site.joinDaysAgo("steady", 30);
  await until("a node of a month ago", () => isOnline("steady"));
  await useMonthAgo();
  const revoked = await site.joinDaysAgo("revoked", 30);
  await until("another one", () => isOnline("revoked"));
  await Promise.all([node.stop(), revoked.stop()]);
  before30Days = await site.identity("steady");
  await site.startControl(0);
});
after(() => site.close());

/** The operator's own lease will do: what it is for, and to whom it belongs, is proved elsewhere. */
async function useMonthAgo(): Promise<void> {
  const [code] = await makeSerials(site.operator, { count: 1, durationDays: 360 });
  lease = (await site.operator(orders.redeemSerial, { code: code as string })).lease;
  for (const [name, keys] of Object.entries({ laptop, phone })) {
    await site.operator(leases.addDevice, { leaseId: lease.id, key: formatNodeKey(keys.publicKey), name });
  }
  derpMap = await (await fetch((await site.operator(derp.getConfiguration, { leaseId: lease.id })).url)).text();
  const [relay] = JSON.parse(derpMap).Regions[900].Nodes;
  const place = { host: relay.HostName, port: relay.DERPPort, pin: relay.CertName.replace("sha256-raw:", "") };
  const { value: client } = await until("a device of a month ago", () => tryConnect(place, laptop));
  await send(client, phone, { count: 1, bytes: monthAgoBytes });
  await until("its bytes", async () => (await usedBytes("laptop")) === monthAgoBytes);
  await client.close();
}

async function usedBytes(name: string): Promise<number> {
  const { items } = await site.operator(leases.listDevices, { leaseId: lease.id });
  return Number(items.find((item) => item.name === name)?.usedBytes);
}

const isOnline = async (name: string) => (await site.node(name))?.state === "online";
const wasSeen = async (name: string, since: number) =>
  (await isOnline(name)) && Date.parse((await site.node(name))?.lastSeenAt ?? "") > since;
const expiryOf = ({ certificate }: NodeIdentity) => new X509Certificate(certificate).validToDate;

async function saysInItsLog(name: string, what: RegExp): Promise<void> {
  await until(`${name} says ${what}`, async () => what.test(await site.log(name)));
}

test("a node that was off for 30 days renews by its key and serves what it served", async () => {
  assert.ok(expiryOf(before30Days) < new Date(), "its certificate is out of date");
  const since = Date.now();
  await site.start("steady");
  const { ms } = await until("steady is back", () => wasSeen("steady", since));
  assert.ok(ms < 10_000, `${ms} ms`);
  const now = await site.identity("steady");
  assert.equal(now.privateKey, before30Days.privateKey);
  assert.ok(expiryOf(now) > new Date());
  await until("its instance runs", async () => {
    const [instance] = (await site.operator(leases.getLease, { leaseId: lease.id })).instances;
    return instance?.id === lease.instances[0]?.id && instance?.phase === "running";
  });
});

test("a device that was off for 30 days comes back with the map of then, which was renewed a day ago", async (t) => {
  if (!need(t, "go")) return;
  await until(
    "the renewal",
    async () => {
      const { items } = await site.operator(configurations.listConfigurations, { leaseId: lease.id });
      return items[1]?.state === "former";
    },
    30_000,
  );
  const load = await startDerpload();
  t.after(() => load.close());
  for (const [device, { privateKey }] of Object.entries({ laptop, phone })) {
    await load.ask({ do: "key", device, private: formatPrivateKey(privateKey) });
    await load.ask({ do: "connect", device, derpMap: JSON.parse(derpMap), region: 900 });
  }
  await load.ask({ do: "send", device: "laptop", to: "phone", packets: 30, bytes: 1_000, flush: true });
  await load.ask({ do: "waitReceived", device: "phone", from: "laptop", packets: 30 });
  await until("the bytes of both times", async () => (await usedBytes("laptop")) === monthAgoBytes + 30_000);
  const { url } = await site.operator(derp.getConfiguration, { leaseId: lease.id });
  assert.notEqual(await (await fetch(url)).text(), derpMap, "what is downloaded today is the next version");
});

test("a node that was revoked while it was away stays out and says why", async () => {
  const nodeId = await nodeIdOf("revoked");
  await site.operator(fleet.revokeNode, { nodeId, reason: "sold" });
  await site.start("revoked");
  await saysInItsLog("revoked", /"code":"fleet.revoked","error":"this node's key was revoked; join again/);
  assert.equal((await site.node("revoked"))?.state, "removed");
});

test("180 days after it joined a node still comes back; after 182 it is told to join anew", async () => {
  await Promise.all([site.start("half-year"), site.start("too-late")]);
  await until("half-year online", () => isOnline("half-year"));
  await saysInItsLog("too-late", /"code":"link.certificate_too_late","error":"[^"]*enrol again"/);
  assert.equal(await isOnline("too-late"), false);
});

test("an authority is replaced while nodes run and while one is away; the old one goes when all have moved", async () => {
  const away = await site.start("away", { join: true });
  await until("away online", () => isOnline("away"));
  await away.stop();
  const { id: oldId } = await activeAuthority();
  const retire = () => site.operator(fleet.retireAuthority, { authorityId: oldId });
  const refusedAs = (code: string, nodes?: number) => (error: unknown) => {
    assert.ok(error instanceof ApiError);
    assert.equal(error.problem.code, code);
    if (nodes !== undefined) assert.equal(error.problem.nodes, nodes);
    return true;
  };
  await assert.rejects(retire(), refusedAs("fleet.no_such_authority"));

  const { fingerprint } = await site.operator(fleet.rotateAuthority, {});
  await assert.rejects(site.operator(fleet.rotateAuthority, {}), refusedAs("fleet.rotation_running"));
  await assert.rejects(retire(), refusedAs("fleet.authority_in_use", 4));
  await until("the running ones to move", async () => (await hasMoved("steady")) && hasMoved("half-year"), 30_000);
  await assert.rejects(retire(), refusedAs("fleet.authority_in_use", 2));
  await site.operator(fleet.revokeNode, { nodeId: await nodeIdOf("too-late"), reason: "away for too long" });
  await assert.rejects(retire(), refusedAs("fleet.authority_in_use", 1));

  await site.start("away");
  await until("away online again", () => isOnline("away"));
  await until("away to move", () => hasMoved("away"), 30_000);
  assert.equal((await retire()).state, "retired");
  assert.equal((await activeAuthority()).fingerprint, fingerprint);

  // Control shows a certificate of the new authority from now on, to old nodes and to new ones.
  await site.stopControl();
  const since = Date.now();
  await site.startControl(0);
  await site.start("newcomer", { join: true });
  for (const name of ["newcomer", "steady", "half-year", "away"]) {
    await until(`${name} is back`, () => wasSeen(name, since), 30_000);
    assert.equal(splitCertificates((await site.identity(name)).authorities).length, 1, name);
  }
});

test("berth verify finds everything in order, over all of the years", async () => {
  assert.doesNotMatch(await verify(site), /BAD/);
});

async function nodeIdOf(name: string): Promise<`node_${string}`> {
  const node = await site.node(name);
  assert.ok(node);
  return node.id;
}

async function activeAuthority() {
  const { items } = await site.operator(fleet.listAuthorities, {});
  const [authority, ...others] = items.filter(({ state }) => state === "active");
  assert.ok(authority && others.length === 0);
  return authority;
}

/** The certificate that the node keeps is of the authority that signs now. */
async function hasMoved(name: string): Promise<boolean> {
  const { certificate, authorities } = await site.identity(name);
  const signers = splitCertificates(authorities).map((pem) => new X509Certificate(pem));
  const signer = signers.find((authority) => isIssuedBy(new X509Certificate(certificate), authority));
  return signer !== undefined && authorityFingerprint(signer.raw) === (await activeAuthority()).fingerprint;
}

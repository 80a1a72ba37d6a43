import assert from "node:assert/strict";
import { createHash, X509Certificate } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { configurations, derp, leases } from "@berth/api";
import { wholeDesired } from "@berth/core/leases";
import { dayMs } from "@berth/kit";
import { type TestControl, testControl } from "../../../tests/support/control.ts";
import { asNode, onlineNode } from "../../../tests/support/nodes.ts";
import { refusalOf } from "../../../tests/support/refusal.ts";
import { soldLease } from "../../../tests/support/sales.ts";
import type { derpMap } from "./derp-map.ts";

let control: TestControl;

before(async () => {
  control = await testControl();
  await onlineNode(control.ctx, { addresses: ["192.0.2.1"], region: "fra" });
  await onlineNode(control.ctx, { addresses: ["2001:db8::1"], region: "ams", stun_port: 0 });
  await onlineNode(control.ctx, { addresses: ["relay.example.com"], region: "nyc" });
});
after(() => control.close());

type DerpMap = ReturnType<typeof derpMap>;
type Node = NonNullable<DerpMap["Regions"][string]>["Nodes"][number];

async function download(url: string, query = "", headers: Record<string, string> = {}) {
  const response = await control.send(url + query, { headers });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: () => JSON.parse(text) };
}

async function configured() {
  const sold = await soldLease(control);
  const leaseId = sold.lease.id;
  const { url, version } = await sold.customer(derp.getConfiguration, { leaseId });
  return { ...sold, leaseId, url, version };
}

/** What the nodes were told to present: instance → certificate. */
async function certificatesOf(nodeIds: readonly string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const nodeId of nodeIds) {
    const { message } = await wholeDesired(asNode(control.ctx, nodeId), nodeId);
    const { instances } = (message as { value: { instances: { id: string; spec: string }[] } }).value;
    for (const { id, spec } of instances) found.set(id, JSON.parse(spec).certificate);
  }
  return found;
}

/** Reads the only shape that the Headscale file has: regions, their members, a list of nodes, values in JSON. */
function readYaml(text: string): unknown {
  const [first, ...chunks] = text.split(/^ {2}(?=\d+:\n)/m);
  assert.equal(first, "regions:\n");
  const regions = chunks.map((chunk) => {
    const [id = "", head = "", list = ""] = chunk.split(/:\n {4}(?=regionid)|^ {4}nodes:\n/m);
    const nodes = list.split(/^ {6}- /m).slice(1);
    return [id, { ...readMembers(head), nodes: nodes.map(readMembers) }];
  });
  return { regions: Object.fromEntries(regions) };
}

function readMembers(text: string): Record<string, unknown> {
  const members = text.trimEnd().split("\n");
  return Object.fromEntries(
    members.map((line) => {
      const [, name, value = ""] = /^ *([a-z0-9]+): (.+)$/.exec(line) ?? assert.fail(line);
      return [name, JSON.parse(value)];
    }),
  );
}

/** The same value with the names of its members in lower case, as Headscale writes them. */
function lowered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lowered);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name.toLowerCase(), lowered(member)]));
}

describe("a configuration", () => {
  test("maps every relay as a region of its own, and pins the very certificate that its node presents", async () => {
    const { lease, url } = await configured();
    const { status, headers, json } = await download(url);
    assert.equal(status, 200);
    assert.equal(headers.get("cache-control"), "no-store");
    const map: DerpMap = json();
    const certificates = await certificatesOf(lease.instances.map(({ nodeId }) => nodeId));
    assert.deepEqual(Object.keys(map), ["Regions"]);
    assert.deepEqual(Object.keys(map.Regions), ["900", "901", "902"]);
    for (const [slot, instance] of lease.instances.entries()) {
      const region = map.Regions[900 + slot];
      const [node] = (region?.Nodes ?? []) as [Node];
      assert.deepEqual([region?.RegionID, node.RegionID, node.Name], [900 + slot, 900 + slot, `${900 + slot}a`]);
      assert.deepEqual([node.HostName, node.DERPPort], [instance.address, instance.port]);
      const certificate = new X509Certificate(certificates.get(instance.id) ?? "");
      assert.equal(node.CertName, `sha256-raw:${createHash("sha256").update(certificate.raw).digest("hex")}`);
      assert.equal(certificate.fingerprint256.replaceAll(":", "").toLowerCase(), node.CertName.slice(11));
    }
    const pins = Object.values(map.Regions).map((region) => region?.Nodes[0]?.CertName);
    assert.equal(new Set(pins).size, 3);
  });

  test("says of each address what it is, and where STUN is answered", async () => {
    const { url } = await configured();
    const map: DerpMap = (await download(url)).json();
    const nodes = Object.values(map.Regions).map((region) => region?.Nodes[0] as Node);
    const byHost = new Map(nodes.map(({ HostName, IPv4, IPv6, STUNPort }) => [HostName, { IPv4, IPv6, STUNPort }]));
    assert.deepEqual(byHost.get("192.0.2.1"), { IPv4: "192.0.2.1", IPv6: "none", STUNPort: 3478 });
    assert.deepEqual(byHost.get("2001:db8::1"), { IPv4: "none", IPv6: "2001:db8::1", STUNPort: -1 });
    assert.deepEqual(byHost.get("relay.example.com"), { IPv4: undefined, IPv6: undefined, STUNPort: 3478 });
  });

  test("comes as a map, as a whole policy, as a Headscale file, and without Tailscale's own relays", async () => {
    const { url } = await configured();
    const map: DerpMap = (await download(url)).json();
    const policy = await download(url, "?form=policy&defaults=omit");
    assert.deepEqual(policy.json(), {
      grants: [{ src: ["*"], dst: ["*"], ip: ["*"] }],
      derpMap: { OmitDefaultRegions: true, Regions: map.Regions },
    });
    assert.equal((await download(url, "?form=derpmap&defaults=omit")).json().OmitDefaultRegions, true);
    const headscale = await download(url, "?form=headscale");
    assert.equal(headscale.headers.get("content-type"), "application/yaml");
    assert.deepEqual(readYaml(headscale.text), lowered({ Regions: map.Regions }));
    assert.equal((await download(url, "?form=other")).status, 400);
    assert.equal((await download(url, "?from=headscale")).status, 400);
  });
});

test("fewer nodes make fewer relays, and it is said so; a renewal places what is missing", async () => {
  const { customer, lease } = await soldLease(control, { options: { relays: 4 }, durationDays: 360 });
  const relays = async () => (await customer(derp.getConfiguration, { leaseId: lease.id })).relays;
  assert.deepEqual(await relays(), { promised: 4, placed: 3 });
  const late = await onlineNode(control.ctx, { region: "lon" });
  await customer(configurations.renewConfiguration, { leaseId: lease.id });
  assert.deepEqual(await relays(), { promised: 4, placed: 4 });
  await control.ctx.db.updateTable("nodes").set({ state: "offline" }).where("id", "=", late.id).execute();
});

describe("its address", () => {
  test("is one, whoever asks first and however often, and is not kept readable", async () => {
    const { customer, lease } = await soldLease(control);
    const ask = () => customer(derp.getConfiguration, { leaseId: lease.id });
    const answers = await Promise.all(Array.from({ length: 8 }, ask));
    assert.equal(new Set(answers.map(({ url }) => url)).size, 1);
    assert.match(answers[0]?.url ?? "", /^http:\/\/test\/c\/[0-9a-z]{32}$/);
    const { rows } = await control.database.pool.query(
      "select string_agg(t::text, ' ') as text from derp_configurations t",
    );
    assert.ok(!rows[0].text.includes(answers[0]?.url.slice(-32)));
  });

  test("is changed at once: the old one is gone, and what is behind it stays the same version", async () => {
    const { customer, leaseId, url, version } = await configured();
    const rotated = await customer(derp.rotateConfiguration, { leaseId });
    assert.equal(rotated.version, version);
    assert.notEqual(rotated.url, url);
    const old = await download(url);
    assert.equal(old.status, 404);
    assert.equal(old.json().code, "derp.no_such_configuration");
    assert.equal((await download(rotated.url)).status, 200);
    assert.equal((await customer(derp.getConfiguration, { leaseId })).url, rotated.url);
    const made = control.ctx.db.selectFrom("events").select("data").where("name", "=", "derp.configuration_made");
    const events = await made.where("lease_id", "=", leaseId).orderBy("id").execute();
    assert.deepEqual(
      events.map(({ data }) => data),
      [{ changes: 1 }, { changes: 2 }],
    );
  });

  test("that was never given out, or is none, tells nothing", async () => {
    assert.equal((await download(`http://test/c/${"0".repeat(32)}`)).json().code, "derp.no_such_configuration");
    assert.equal((await download("http://test/c/short")).json().code, "http.invalid");
    assert.equal((await download(`http://test/c/${"%00".repeat(20)}`)).status, 404);
  });
});

describe("a download", () => {
  test("is clearly refused once the lease is over, however it ended; a suspended one can still be read", async () => {
    const [ended, expired] = [await configured(), await configured()];
    const staff = await control.as("admin");
    await staff(leases.suspendLease, { leaseId: ended.leaseId, reason: "x" });
    assert.equal((await download(ended.url)).status, 200);
    await staff(leases.endLease, { leaseId: ended.leaseId, reason: "x" });
    control.advance(30 * dayMs);
    for (const { url, lease } of [ended, expired]) {
      const reply = await download(url);
      assert.equal(reply.status, 403);
      const { code, detail } = reply.json();
      assert.equal(code, "derp.lease_over");
      assert.ok(detail.includes("renew") && detail.includes(lease.until), detail);
    }
    const { items } = await staff(configurations.listConfigurationLog, { leaseId: ended.leaseId, sort: "at" });
    assert.deepEqual(
      items.map(({ what }) => what),
      ["made", "fetched", "refused"],
    );
  });

  test("follows the relays: a port that was changed is in the next one", async () => {
    const { leaseId, lease, url } = await configured();
    const [instance] = lease.instances;
    await control.ctx.db
      .updateTable("instances")
      .set({ port: 29_998 })
      .where("id", "=", instance?.id ?? "")
      .execute();
    const map: DerpMap = (await download(url)).json();
    assert.equal(map.Regions[900]?.Nodes[0]?.DERPPort, 29_998);
    assert.equal(
      await refusalOf((await control.as("customer"))(derp.getConfiguration, { leaseId })),
      "404 leases.not_found",
    );
  });
});

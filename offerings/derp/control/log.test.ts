import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { configurations as api, audit, createRehearsal, derp, leases } from "@berth/api";
import { dayMs } from "@berth/kit";
import { keepConfigurations } from "../../../core/leases/sweeps.ts";
import { type TestControl, testControl } from "../../../tests/support/control.ts";
import { onlineNode } from "../../../tests/support/nodes.ts";
import { refusalOf } from "../../../tests/support/refusal.ts";
import { soldLease } from "../../../tests/support/sales.ts";

let control: TestControl;
const [home, work] = ["8.8.8.8", "2400:3200::1"];

before(async () => {
  control = await testControl();
  for (let index = 0; index < 3; index++) await onlineNode(control.ctx);
});
after(() => control.close());

async function configured() {
  const sold = await soldLease(control, { durationDays: 360 });
  const leaseId = sold.lease.id;
  return { ...sold, leaseId, url: (await sold.customer(derp.getConfiguration, { leaseId })).url };
}

function fetchFrom(address: string, url: string, headers: Record<string, string> = {}) {
  return control.sendFrom(address)(url, { headers });
}

test("each time that a configuration is made or fetched is kept: by whom, from where, which version, in which form", async () => {
  const { customer, leaseId, url } = await configured();
  await fetchFrom(home, `${url}?form=headscale`, { "user-agent": "headscale/0.26.1" });
  await customer.from(work)(api.renewConfiguration, { leaseId });
  await fetchFrom(work, `${url}/policy.hujson`, { "user-agent": "x".repeat(500) });
  const { items } = await customer(api.listConfigurationLog, { leaseId, sort: "at" });
  assert.deepEqual(
    items.map(({ what, version, form, address, location, program }) => [
      what,
      version,
      form,
      address,
      location,
      program,
    ]),
    [
      ["made", 1, null, "127.0.0.1", null, null],
      ["fetched", 1, "headscale", home, "US", "headscale 0.26"],
      ["made", 2, null, work, "CN", "lightMyRequest"],
      ["fetched", 2, "policy", work, "CN", "x".repeat(40)],
    ],
  );
  assert.equal(items.at(-1)?.userAgent?.length, 300);
  control.advance(29 * dayMs);
  await keepConfigurations(control.ctx);
  const [due] = (await customer(api.listConfigurationLog, { leaseId, limit: 1 })).items;
  assert.deepEqual([due?.what, due?.version, due?.address], ["made", 3, null]);
});

test("it is found by lease, account, address and time; one's own by its owner, everybody's by staff, as a file too", async () => {
  const [one, other] = [await configured(), await configured()];
  for (const { url } of [one, other]) await fetchFrom("9.9.9.9", url);
  const admin = await control.as("admin");
  const found = async (input: object) =>
    (await admin(api.listConfigurationLog, { what: "fetched", ...input })).items.map(
      ({ leaseId }) => leaseId as string,
    );
  assert.deepEqual(await found({ address: "9.9.9.9" }), [other.leaseId, one.leaseId]);
  assert.deepEqual(await found({ address: "9.9.9.9", accountId: one.customer.accountId }), [one.leaseId]);
  assert.deepEqual(await found({ address: "9.9.9" }), []);
  assert.deepEqual(await found({ leaseId: one.leaseId }), [one.leaseId]);
  const now = control.ctx.now().toISOString();
  assert.deepEqual(await found({ address: "9.9.9.9", from: now }), []);
  assert.equal((await found({ address: "9.9.9.9", to: now })).length, 2);
  const mine = await one.customer(api.listConfigurationLog, { address: "9.9.9.9" });
  assert.deepEqual(
    mine.items.map(({ leaseId }) => leaseId),
    [one.leaseId],
  );
  assert.deepEqual((await one.customer(api.listConfigurationLog, { leaseId: other.leaseId })).items, []);
  const headers = { authorization: `Bearer ${admin.token}`, accept: "text/csv" };
  const file = await (await control.send("http://test/api/v1/configuration-log?address=9.9.9.9", { headers })).text();
  assert.equal(file.split("\r\n").length, 4);
});

test("who asked lies sealed, in the log and in the event of its owner", async () => {
  const { customer, leaseId, url } = await configured();
  await fetchFrom("198.51.100.44", url, { "user-agent": "Planted-Program/9.9" });
  const { rows } = await control.database.pool.query(
    "select t::text as text from configuration_log t union all select t::text from events t",
  );
  for (const { text } of rows) assert.ok(!/198\.51\.100\.44|Planted-Program/.test(text), text);
  const operator = await control.as("super_admin");
  const { items } = await operator(audit.listEvents, { leaseId, name: "derp.configuration_fetched" });
  const fields = { address: "198.51.100.44", agent: "Planted-Program/9.9" };
  assert.deepEqual(
    items.map(({ personal }) => personal),
    [[{ of: customer.accountId, fields }]],
  );
});

test("what whoever asks has already is not sent again", async () => {
  const { customer, leaseId, url } = await configured();
  const first = await fetchFrom(home, url);
  const tag = first.headers.get("etag") ?? "";
  assert.match(tag, /^"[\w-]{27}"$/);
  for (const known of [tag, `W/${tag}`, `"other", ${tag}`, "*"]) {
    const again = await fetchFrom(home, url, { "if-none-match": known });
    assert.deepEqual([again.status, await again.text(), again.headers.get("etag")], [304, "", tag]);
  }
  assert.equal((await fetchFrom(home, url, { "if-none-match": '"other"' })).status, 200);
  assert.equal((await fetchFrom(home, `${url}?form=headscale`, { "if-none-match": tag })).status, 200);
  await customer(api.renewConfiguration, { leaseId });
  assert.equal((await fetchFrom(home, url, { "if-none-match": tag })).status, 200);
  const { items } = await customer(api.listConfigurationLog, { leaseId, what: "unchanged" });
  assert.equal(items.length, 4);
});

test("each form has a name of its own", async () => {
  const { customer, leaseId, url } = await configured();
  const { urls } = await customer(derp.getConfiguration, { leaseId });
  for (const form of ["derpmap", "policy", "headscale"] as const) {
    const [byName, byQuery] = [await fetchFrom(home, urls[form]), await fetchFrom(home, `${url}?form=${form}`)];
    assert.equal(byName.status, 200);
    assert.equal(await byName.text(), await byQuery.text());
    assert.equal(byName.headers.get("content-type"), byQuery.headers.get("content-type"));
  }
  assert.match(await (await fetchFrom(home, `${urls.derpmap}?defaults=omit`)).text(), /OmitDefaultRegions/);
  assert.equal((await fetchFrom(home, `${url}/other.txt`)).status, 404);
});

test("an address that is about to be changed names whom that cuts off, and changes nothing before", async () => {
  const { customer, leaseId, url } = await configured();
  await fetchFrom(work, url, { "user-agent": "long-ago/1.0" });
  control.advance(31 * dayMs);
  for (let times = 0; times < 3; times++) await fetchFrom(home, url, { "user-agent": "headscale/0.26.1" });
  await fetchFrom(work, url, { "user-agent": "curl/8.5.0" });
  const rehearse = createRehearsal({ url: "http://test", token: () => customer.token, fetch: control.send });
  const { reply, events } = await rehearse(derp.rotateConfiguration, { leaseId });
  assert.deepEqual(
    reply.cutOff.map(({ address, location, program, times }) => [address, location, program, times]),
    [
      [work, "CN", "curl 8.5", 1],
      [home, "US", "headscale 0.26", 3],
    ],
  );
  assert.deepEqual(
    events.map(({ name }) => name),
    ["derp.configuration_made"],
  );
  assert.equal((await fetchFrom(home, url)).status, 200);
  await customer(derp.rotateConfiguration, { leaseId });
  assert.equal((await fetchFrom(home, url)).status, 404);
});

test("a refusal is words for people and a problem for programs", async () => {
  const { operator, leaseId, url } = await configured();
  await operator(leases.endLease, { leaseId, reason: "x" });
  const program = await fetchFrom(home, `${url}/derp.yaml`);
  assert.equal(program.headers.get("content-type"), "application/problem+json");
  assert.deepEqual([program.status, ((await program.json()) as { code: string }).code], [403, "derp.lease_over"]);
  const person = await fetchFrom(home, url, { accept: "text/html,application/xhtml+xml,*/*;q=0.8" });
  assert.deepEqual([person.status, person.headers.get("content-type")], [403, "text/plain; charset=utf-8"]);
  assert.match(
    await person.text(),
    /^this lease is over \(ended.*renew it to go on\n此租赁已结束.*\n\nderp\.lease_over\n$/,
  );
  const nowhere = await fetchFrom(home, `http://test/c/${"0".repeat(32)}`, { accept: "text/html" });
  assert.deepEqual([nowhere.status, nowhere.headers.get("content-type")], [404, "text/plain; charset=utf-8"]);
});

test("what is not paid is refused as such", async () => {
  const { leaseId, url, customer } = await configured();
  await control.ctx.db.updateTable("leases").set({ state: "pending" }).where("id", "=", leaseId).execute();
  const reply = await fetchFrom(home, url);
  assert.deepEqual([reply.status, ((await reply.json()) as { code: string }).code], [403, "derp.lease_unpaid"]);
  const [last] = (await customer(api.listConfigurationLog, { leaseId, limit: 1 })).items;
  assert.deepEqual([last?.what, last?.address], ["refused", home]);
});

test("a customer's own policy comes back with its derpMap replaced, and all else as they wrote it", async () => {
  const { customer, leaseId, url } = await configured();
  const own = `// ours
{
  "groups": {"group:dev": ["ada@example.com"]}, // who
  "derpMap": {"Regions": {"900": null}},
}
`;
  await customer(derp.setPolicy, { leaseId, policy: own });
  assert.equal((await customer(derp.getPolicy, { leaseId })).policy, own);
  const reply = await fetchFrom(home, `${url}/policy.hujson`);
  assert.equal(reply.headers.get("content-type"), "application/hujson");
  const text = await reply.text();
  const [before = "", after = ""] = own.split('{"Regions": {"900": null}}');
  assert.ok(text.startsWith(before) && text.endsWith(after), text);
  const map = JSON.parse(text.slice(before.length, text.length - after.length));
  assert.deepEqual(map, await (await fetchFrom(home, url)).json());
  const { rows } = await control.database.pool.query("select t::text as text from derp_policies t");
  assert.ok(!rows[0].text.includes(Buffer.from("ada@example.com").toString("hex")));

  assert.equal(await refusalOf(customer(derp.setPolicy, { leaseId, policy: "{" })), "400 derp.bad_policy");
  assert.equal((await customer(derp.getPolicy, { leaseId })).policy, own);
  const stranger = await control.as("customer");
  assert.equal(await refusalOf(stranger(derp.getPolicy, { leaseId })), "404 leases.not_found");
  assert.equal(await refusalOf(stranger(derp.setPolicy, { leaseId, policy: null })), "404 leases.not_found");
  await customer(derp.setPolicy, { leaseId, policy: null });
  assert.match(await (await fetchFrom(home, `${url}/policy.hujson`)).text(), /"grants"/);
});

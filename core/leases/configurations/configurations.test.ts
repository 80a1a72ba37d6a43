import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { configurations as api, createRehearsal, leases } from "@berth/api";
import { dayMs, hourMs } from "@berth/kit";
import { runJob } from "../../../tests/support/app.ts";
import { type Person, type TestControl, testControl } from "../../../tests/support/control.ts";
import { mailsTo } from "../../../tests/support/mails.ts";
import { asNode, onlineNode } from "../../../tests/support/nodes.ts";
import { refusalOf } from "../../../tests/support/refusal.ts";
import { soldLease } from "../../../tests/support/sales.ts";
import { desiredDigest, takePhases, wholeDesired } from "../index.ts";
import { keepConfigurations } from "../sweeps.ts";

let control: TestControl;
let admin: Person;

before(async () => {
  control = await testControl();
  admin = await control.as("admin");
  for (let index = 0; index < 3; index++) await onlineNode(control.ctx);
});
after(() => control.close());

interface Doorway {
  readonly port: number;
  readonly derpKey: string;
  readonly certificate: string;
  readonly until?: string;
}

type Sold = Awaited<ReturnType<typeof soldLease>>;
const yearly = { durationDays: 360 };

/** What the nodes of a lease are told of its doors: slot → the present one and the former ones. */
async function doorsOf({ customer, lease }: Sold): Promise<Map<number, { present: Doorway; former: Doorway[] }>> {
  const { instances } = await customer(leases.getLease, { leaseId: lease.id });
  const found = new Map<number, { present: Doorway; former: Doorway[] }>();
  for (const [slot, { id, nodeId }] of instances.entries()) {
    const { message } = await wholeDesired(asNode(control.ctx, nodeId), nodeId);
    const { value } = message as { value: { instances: { id: string; spec: string }[]; digest: string } };
    assert.equal(value.digest, await desiredDigest(control.ctx, nodeId));
    const spec = value.instances.find((instance) => instance.id === id)?.spec;
    if (!spec) continue;
    const { former, ...present } = JSON.parse(spec);
    found.set(slot, { present, former });
  }
  return found;
}

const versionsOf = async ({ customer, lease }: Sold) =>
  (await customer(api.listConfigurations, { leaseId: lease.id })).items;
const renew = ({ customer, lease }: Sold, former: "keep" | "revoke" = "keep") =>
  customer(api.renewConfiguration, { leaseId: lease.id, former });
const statesOf = async (sold: Sold) => (await versionsOf(sold)).map(({ version, state }) => `${version} ${state}`);
const at = (ms: number) => new Date(control.ctx.now().getTime() + ms).getTime();
const near = (text: string | null | undefined, ms: number) =>
  assert.ok(Math.abs(Date.parse(text ?? "") - ms) < 60_000, `${text} is not near ${new Date(ms).toISOString()}`);
const sweep = () => keepConfigurations(control.ctx);

async function mailsOf(sold: Sold, kind = "leases.configuration_renewed") {
  const mails = await mailsTo(control, `${sold.customer.accountId}@example.com`);
  return mails.filter((mail) => mail.kind === kind);
}

test("a configuration is good for 32 days, and is renewed on day 29 by itself: other ports and identities, and a mail", async () => {
  const sold = await soldLease(control, yearly);
  const [first] = await versionsOf(sold);
  assert.deepEqual([first?.version, first?.state, first?.why, first?.changes], [1, "present", "granted", []]);
  near(first?.renewsAt, at(29 * dayMs));
  near(first?.until, at(32 * dayMs));
  const before = await doorsOf(sold);
  for (const { present, former } of before.values()) {
    assert.deepEqual(former, []);
    assert.equal(present.until, first?.until);
  }
  control.advance(29 * dayMs - hourMs);
  await sweep();
  assert.deepEqual(await statesOf(sold), ["1 present"]);
  assert.equal((await mailsOf(sold)).length, 0);

  control.advance(hourMs);
  await Promise.all([sweep(), sweep(), sweep()]);
  assert.deepEqual(await statesOf(sold), ["2 present", "1 former"]);
  const [second] = await versionsOf(sold);
  assert.equal(second?.madeBy, "system");
  assert.deepEqual(
    second?.changes.map(({ slot, what }) => `${slot} ${what}`),
    [0, 1, 2].flatMap((slot) => [`${slot} port`, `${slot} identity`]),
  );
  near(second?.until, at(32 * dayMs));
  const doors = await doorsOf(sold);
  for (const [slot, { present, former }] of doors) {
    const was = before.get(slot)?.present;
    const [one, ...others] = former;
    assert.deepEqual([one?.port, one?.derpKey, one?.certificate], [was?.port, was?.derpKey, was?.certificate]);
    assert.deepEqual([one?.until, others], [first?.until, []]);
    assert.notEqual(present.port, was?.port);
    assert.notEqual(present.derpKey, was?.derpKey);
    assert.notEqual(present.certificate, was?.certificate);
    assert.equal(present.until, second?.until);
  }
  const [mail, ...more] = await mailsOf(sold);
  assert.deepEqual(more, []);
  assert.match(mail?.body ?? "", /version 2, as every 29 days[\s\S]*版本 2/);
  assert.equal(mail?.address, `${sold.customer.accountId}@example.com`);
});

test("a configuration that was replaced works for 72 hours beside the next, then its ports are free and its keys gone", async () => {
  const sold = await soldLease(control, yearly);
  await renew(sold);
  const [, first] = await versionsOf(sold);
  near(first?.until, at(72 * hourMs));
  control.advance(71 * hourMs);
  await sweep();
  assert.equal((await doorsOf(sold)).get(0)?.former.length, 1);
  control.advance(hourMs);
  await sweep();
  assert.deepEqual(await statesOf(sold), ["2 present", "1 expired"]);
  for (const { former } of (await doorsOf(sold)).values()) assert.deepEqual(former, []);
  const left = control.ctx.db.selectFrom("former_endpoints").select("id").where("lease_id", "=", sold.lease.id);
  assert.deepEqual(await left.execute(), []);
});

test("a configuration keeps its instances' generations and counters, so nothing is counted twice or lost", async () => {
  const sold = await soldLease(control, yearly);
  const generations = async () =>
    (await sold.customer(leases.getLease, { leaseId: sold.lease.id })).instances.map(({ id, generation }) => [
      id,
      generation,
    ]);
  const before = await generations();
  await renew(sold);
  assert.deepEqual(await generations(), before);
});

test("renewing at once is rehearsed without changing anything, and then done as it was shown", async () => {
  const sold = await soldLease(control, yearly);
  const { token } = sold.customer;
  const rehearse = createRehearsal({ url: "http://test", token: () => token, fetch: control.send });
  const shown = await rehearse(api.renewConfiguration, { leaseId: sold.lease.id });
  assert.deepEqual(
    shown.events.map(({ name }) => name),
    ["leases.configuration_renewed"],
  );
  assert.equal(shown.reply.version, 2);
  assert.equal(shown.reply.changes.length, 6);
  assert.deepEqual(await statesOf(sold), ["1 present"]);
  assert.equal((await mailsOf(sold)).length, 0);
  const made = await renew(sold);
  assert.deepEqual([made.version, made.why, made.madeBy], [2, "asked", sold.customer.accountId]);
});

test("renewing at once is refused while the one before still works, however many ask at a time: two doors at the most", async () => {
  const sold = await soldLease(control, yearly);
  const asked = await Promise.allSettled(Array.from({ length: 6 }, () => renew(sold)));
  assert.equal(asked.filter(({ status }) => status === "fulfilled").length, 1);
  assert.equal(await refusalOf(renew(sold)), "409 leases.former_works");
  assert.deepEqual(await statesOf(sold), ["2 present", "1 former"]);
  control.advance(72 * hourMs);
  assert.equal((await renew(sold)).version, 3, "its time is over, whether the sweep was there or not");
  assert.deepEqual(await statesOf(sold), ["3 present", "2 former", "1 expired"]);
});

test("renewing at once after a leak ends everything before at once, and says so", async () => {
  const sold = await soldLease(control, yearly);
  await renew(sold);
  const before = await doorsOf(sold);
  const made = await renew(sold, "revoke");
  assert.deepEqual([made.version, made.why], [3, "leaked"]);
  assert.deepEqual(await statesOf(sold), ["3 present", "2 revoked", "1 revoked"]);
  for (const [slot, { present, former }] of await doorsOf(sold)) {
    assert.deepEqual(former, []);
    assert.notEqual(present.certificate, before.get(slot)?.present.certificate);
  }
  assert.match((await mailsOf(sold)).at(-1)?.body ?? "", /revoked and works no more/);
});

test("renewing at once the former one can be ended before its time; the present one only by another", async () => {
  const sold = await soldLease(control, yearly);
  const revoke = () => sold.customer(api.revokeFormerConfiguration, { leaseId: sold.lease.id });
  assert.equal(await refusalOf(revoke()), "409 leases.no_former");
  await renew(sold);
  await revoke();
  assert.deepEqual(await statesOf(sold), ["2 present", "1 revoked"]);
  for (const { former } of (await doorsOf(sold)).values()) assert.deepEqual(former, []);
  assert.equal(await refusalOf(revoke()), "409 leases.no_former");
});

test("renewing at once is done ten times in 24 hours at the most", async () => {
  const sold = await soldLease(control, { ...yearly, options: { relays: 1 } });
  for (let times = 0; times < 10; times++) await renew(sold, "revoke");
  assert.equal(await refusalOf(renew(sold, "revoke")), "429 leases.renewed_too_often");
  control.advance(24 * hourMs);
  assert.equal((await renew(sold, "revoke")).version, 12);
});

test("a new port that is taken on its node is given anew, and who came by the former door notices nothing", async () => {
  const sold = await soldLease(control, yearly);
  const { instances: renewed } = await renew(sold);
  const [instance] = (await sold.customer(leases.getLease, { leaseId: sold.lease.id })).instances;
  assert.ok(instance);
  const before = (await doorsOf(sold)).get(0);
  const { id: instanceId, generation, nodeId } = instance;
  const phase = { instanceId, generation: BigInt(generation), phase: "failed", reason: "port_in_use" };
  await takePhases(asNode(control.ctx, nodeId), nodeId, [phase as never]);
  const after = (await doorsOf(sold)).get(0);
  assert.notEqual(after?.present.port, before?.present.port);
  assert.equal(after?.present.certificate, before?.present.certificate);
  assert.deepEqual(after?.former, before?.former);
  const [present] = await versionsOf(sold);
  assert.deepEqual(
    [present?.version, present?.instances[0]?.port, renewed[0]?.port],
    [2, after?.present.port, before?.present.port],
  );
});

test("renewing at once is for the lease's owner and staff, and only while it runs", async () => {
  const sold = await soldLease(control, yearly);
  const stranger = await control.as("customer");
  const leaseId = sold.lease.id;
  for (const asked of [
    () => stranger(api.renewConfiguration, { leaseId }),
    () => stranger(api.revokeFormerConfiguration, { leaseId }),
    () => stranger(api.listConfigurations, { leaseId }),
  ]) {
    assert.equal(await refusalOf(asked()), "404 leases.not_found");
  }
  assert.equal((await admin(api.renewConfiguration, { leaseId })).madeBy, admin.accountId);
  assert.equal((await versionsOf(sold))[0]?.madeBy, "staff");
  const made = async (who: Person) => (await who(api.listConfigurationLog, { leaseId, limit: 1 })).items[0];
  assert.deepEqual([(await made(sold.customer))?.address, (await made(sold.customer))?.program], [null, null]);
  assert.equal((await made(admin))?.address, "127.0.0.1");
  await admin(leases.endLease, { leaseId, reason: "x" });
  assert.equal(await refusalOf(renew(sold)), "409 leases.over");
  assert.deepEqual(await statesOf(sold), ["2 lease_over", "1 lease_over"]);
});

test("control was away on day 29: what it replaces late ends on day 32 all the same, and what has ended stays so", async () => {
  const [late, tooLate] = [await soldLease(control, yearly), await soldLease(control, yearly)];
  const until = (await versionsOf(late))[0]?.until;
  control.advance(31 * dayMs);
  const keptBack = control.ctx.db.updateTable("configurations").where("lease_id", "=", tooLate.lease.id);
  const [row] = await versionsOf(tooLate);
  await keptBack.set({ renews_at: new Date(at(9 * dayMs)) }).execute();
  await sweep();
  assert.equal((await versionsOf(late))[1]?.until, until);
  control.advance(9 * dayMs);
  assert.deepEqual(await statesOf(tooLate), ["1 expired"]);
  await sweep();
  await sweep();
  assert.deepEqual(await statesOf(tooLate), ["2 present", "1 expired"]);
  assert.equal((await versionsOf(tooLate))[1]?.until, row?.until);
});

test("a suspended lease is renewed as well, and resumes with what its owner can fetch meanwhile", async () => {
  const sold = await soldLease(control, yearly);
  await admin(leases.suspendLease, { leaseId: sold.lease.id, reason: "x" });
  control.advance(29 * dayMs);
  await sweep();
  assert.deepEqual(await statesOf(sold), ["2 present", "1 former"]);
  control.advance(3 * dayMs);
  await sweep();
  await admin(leases.resumeLease, { leaseId: sold.lease.id });
  const doors = await doorsOf(sold);
  assert.equal(doors.size, 3);
  for (const { former } of doors.values()) assert.deepEqual(former, []);
});

test("a slot whose node is gone is filled anew, and the version in force says that it led nowhere", async () => {
  const doomed = await onlineNode(control.ctx, { region: "doomed" });
  const sold = await soldLease(control, { ...yearly, options: { relays: 4 } });
  assert.ok(sold.lease.instances.some(({ nodeId }) => nodeId === doomed.id));
  await control.ctx.db.updateTable("nodes").set({ state: "removed" }).where("id", "=", doomed.id).execute();
  await runJob(control.ctx, "leases.node_removed", { nodeId: doomed.id });
  assert.equal((await versionsOf(sold))[0]?.instances.length, 3);
  const newcomer = await onlineNode(control.ctx, { region: "new" });
  const { changes, instances } = await renew(sold);
  assert.equal(instances.length, 4);
  assert.deepEqual(
    changes.filter(({ what }) => what === "added").map(({ to }) => to),
    [newcomer.name],
  );
  assert.equal((await doorsOf(sold)).size, 4);
});

test("derper can't stand beside itself: its configuration lasts, and is replaced only as leaked", async () => {
  const sold = await soldLease(control, { ...yearly, options: { server: "derper" } });
  const [first] = await versionsOf(sold);
  assert.deepEqual([first?.renewsAt, first?.until], [null, null]);
  assert.equal(await refusalOf(renew(sold)), "409 leases.one_configuration");
  assert.equal((await renew(sold, "revoke")).version, 2);
  for (const { present, former } of (await doorsOf(sold)).values()) {
    assert.deepEqual([former, present.until], [[], undefined]);
  }
});

test("a port is never given out while a former door has it; where none is left nothing is changed", async () => {
  const ports = { port_from: 21_000, port_to: 21_002 };
  const node = await onlineNode(control.ctx, { region: "tight", ...ports });
  const plan = { ...yearly, regions: ["tight"] };
  const [one, other] = [await soldLease(control, plan), await soldLease(control, plan)];
  await renew(one);
  assert.equal(await refusalOf(renew(other)), "429 leases.no_port");
  assert.deepEqual(await statesOf(other), ["1 present"]);
  const { rows } = await control.database.pool.query(
    "select port from instances where node_id = $1 and port is not null union all select port from former_endpoints where node_id = $1 order by 1",
    [node.id],
  );
  assert.deepEqual(
    rows.map(({ port }) => port),
    [21_000, 21_001, 21_002],
  );

  const dueNow = { renews_at: control.ctx.now() };
  await control.ctx.db.updateTable("configurations").set(dueNow).where("lease_id", "=", other.lease.id).execute();
  await sweep();
  const [present] = await versionsOf(other);
  assert.equal(present?.version, 1);
  near(present?.renewsAt, at(hourMs));
  const events = control.ctx.db.selectFrom("events").select("data").where("name", "=", "leases.renewal_postponed");
  assert.deepEqual(
    (await events.execute()).map(({ data }) => data),
    [{ version: 1, nodeName: node.name, why: "no_port" }],
  );
});

test("leases that are renewed, granted, suspended and resumed at one time get no port twice, and two doors at the most", async () => {
  const ports = { port_from: 22_000, port_to: 22_030 };
  for (let index = 0; index < 3; index++) await onlineNode(control.ctx, { region: `crowd${index}`, ...ports });
  const plan = { ...yearly, regions: ["crowd0", "crowd1", "crowd2"] };
  const sold = [await soldLease(control, plan), await soldLease(control, plan), await soldLease(control, plan)];
  const restart = async ({ lease: { id: leaseId } }: Sold) => {
    await admin(leases.suspendLease, { leaseId, reason: "x" });
    await admin(leases.resumeLease, { leaseId });
  };
  const work = sold.flatMap((one) => [renew(one), renew(one, "revoke"), restart(one), sweep()]);
  const done = await Promise.allSettled([...work, soldLease(control, plan), soldLease(control, plan)]);
  for (const one of done) {
    if (one.status === "rejected") assert.match(String(one.reason.problem?.code), /leases.(former_works|wrong_state)/);
  }
  const { rows } = await control.database.pool.query(`
    select node_id, port from (select node_id, port from instances where port is not null
      union all select node_id, port from former_endpoints) doors group by node_id, port having count(*) > 1`);
  assert.deepEqual(rows, []);
  for (const one of sold) {
    const working = (await versionsOf(one)).filter(({ state }) => state === "present" || state === "former");
    assert.ok(working.length <= 2 && working[0]?.state === "present", JSON.stringify(working));
  }
});

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { certificates as api } from "@berth/api";
import { createApp } from "../../apps/control/src/control.ts";
import { makeCertificate } from "../../tests/support/certificates.ts";
import { type TestControl, testControl } from "../../tests/support/control.ts";
import { mailsTo } from "../../tests/support/mails.ts";
import { refusalOf } from "../../tests/support/refusal.ts";
import { type Certificate, readCertificate } from "../platform/tls/certificate.ts";
import { Shelf } from "../platform/tls/shelf.ts";
import { groupsOf, nextOrder, renewAt, retryAt, warnAt } from "./certificate.ts";
import { challengeAnswers } from "./challenge.ts";
import { ensureCertificates, openCertificates, toKept } from "./kept.ts";
import * as store from "./store.ts";
import { certificateSweeps } from "./sweeps.ts";
import { warnOfExpiry } from "./warn.ts";

let control: TestControl;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

before(async () => {
  control = await testControl();
});
beforeEach(() => control.database.pool.query("delete from certificates; delete from certificate_warnings"));
after(() => control.close());

const lived = (days: number) => ({ notBefore: new Date(0), notAfter: new Date(days * dayMs) });

test("each host has a certificate of its own, and all addresses one", () => {
  assert.deepEqual(groupsOf(["a.example", "203.0.113.7", "b.example", "2001:db8::7"]), [
    ["a.example"],
    ["b.example"],
    ["2001:db8::7", "203.0.113.7"],
  ]);
  assert.deepEqual(groupsOf(["203.0.113.7"]), [["203.0.113.7"]]);
});

test("renewal, then a warning, then the end: for long certificates and short ones, never all at one moment", () => {
  for (const [days, renewed, warned] of [
    [90, 60, 76],
    [47, (47 * 2) / 3, 47 * 0.75],
    [6, 4, 4.5],
  ] as const) {
    const at = (when: Date) => when.getTime() / dayMs;
    assert.equal(at(renewAt(lived(days), 0)).toFixed(3), renewed.toFixed(3));
    assert.ok(at(renewAt(lived(days), 0.999)) < renewed && at(renewAt(lived(days), 0.999)) > renewed - days / 20);
    assert.equal(at(warnAt(lived(days))).toFixed(3), warned.toFixed(3));
  }
  // A clock that is ahead of the authority's must not order without end.
  const now = new Date(100 * dayMs);
  assert.equal(nextOrder(now, lived(90)).getTime(), now.getTime() + hourMs);
});

test("tries come further and further apart, and never before the authority wants to hear again", () => {
  const now = new Date(0);
  const waits = Array.from({ length: 12 }, (_, index) => retryAt(now, index + 1).getTime());
  for (const [index, wait] of waits.entries()) {
    const full = Math.min(6 * hourMs, 240_000 * 2 ** index);
    assert.ok(wait >= full / 2 && wait <= full, `try ${index + 1} after ${wait} ms`);
  }
  assert.equal(retryAt(now, 1, 2 * dayMs).getTime(), 2 * dayMs);
  assert.equal(retryAt(now, 1, 400 * dayMs).getTime(), 7 * dayMs, "but not for good");
});

test("the first start makes one for each name, once however many replicas start together, and keeps it", async () => {
  const { ctx } = control;
  const wanted = { names: ["a.example", "203.0.113.7"], isOrdered: false };
  await Promise.all([1, 2, 3].map(() => ensureCertificates(ctx, wanted)));
  const made = await openCertificates(ctx);
  assert.deepEqual(made.map(({ names }) => names).sort(), [["203.0.113.7"], ["a.example"]]);
  await ensureCertificates(ctx, wanted);
  assert.deepEqual(await openCertificates(ctx), made);
  assert.ok((await store.findCertificates(ctx)).every(({ next_try_at }) => next_try_at === null));
  // With an authority they are due at once.
  await ensureCertificates(ctx, { ...wanted, isOrdered: true });
  assert.ok((await store.findCertificates(ctx)).every(({ next_try_at }) => next_try_at));
});

test("one that Berth made itself is made anew before it is over", async () => {
  const { ctx } = control;
  const wanted = { names: ["worn.example"], isOrdered: false };
  await ensureCertificates(ctx, wanted);
  const [first] = await openCertificates(ctx);
  const later = { ...ctx, now: () => new Date(Date.now() + 300 * dayMs) };
  await ensureCertificates(later, wanted);
  const [second] = await openCertificates(ctx);
  assert.notEqual(second?.fingerprint, first?.fingerprint);
  assert.ok((second?.notAfter ?? 0) > (first?.notAfter ?? 0));
});

test("what an authority issued is served to its end when nobody orders any more, and then made by Berth", async () => {
  const { ctx } = control;
  const names = ["ended.example"];
  await ensureCertificates(ctx, { names, isOrdered: true });
  const claimed = (await store.claimDue(
    ctx,
    (
      await store.findCertificates(ctx)
    )[0]?.id as string,
  )) as store.CertificateRow;
  const { certificate, key } = await makeCertificate(names);
  const issued = readCertificate(certificate, key);
  await store.saveOutcome(ctx, claimed, toKept(ctx, claimed.id, { certificate: issued, source: "authority" }));
  await ensureCertificates(ctx, { names, isOrdered: false });
  const [row] = await store.findCertificates(ctx);
  assert.deepEqual([row?.source, row?.next_try_at], ["authority", null]);
  const later = { ...ctx, now: () => new Date(Date.now() + 91 * dayMs) };
  await ensureCertificates(later, { names, isOrdered: false });
  assert.equal((await store.findCertificates(ctx))[0]?.source, "self_signed");
  // Who is late with another one in the place of what is gone changes nothing.
  await store.replaceCertificate(ctx, claimed, toKept(ctx, claimed.id, { certificate: issued, source: "authority" }));
  assert.equal((await store.findCertificates(ctx))[0]?.source, "self_signed");
});

test("one replica takes an order upon itself; what it got counts for nothing once another one began", async () => {
  const { ctx } = control;
  await ensureCertificates(ctx, { names: ["once.example"], isOrdered: true });
  const [row] = await store.findCertificates(ctx);
  const id = row?.id as string;
  const claims = await Promise.all([1, 2, 3, 4].map(() => store.claimDue(ctx, id)));
  const [first, ...others] = claims.filter((claim) => claim !== undefined);
  assert.ok(first);
  assert.deepEqual(others, []);
  const later = { ...ctx, now: () => new Date(Date.now() + 11 * 60_000) };
  const second = await store.claimDue(later, id);
  assert.equal(second?.attempt, first.attempt + 1, "whoever had it is taken for dead");
  const { certificate, key } = await makeCertificate(["once.example"]);
  const kept = toKept(ctx, id, { certificate: readCertificate(certificate, key), source: "authority" });
  assert.equal(await store.saveOutcome(ctx, first, kept), false);
  assert.equal((await store.findCertificates(ctx))[0]?.source, "self_signed");
  assert.equal(await store.saveOutcome(ctx, second as typeof first, kept), true);
  assert.equal((await store.findCertificates(ctx))[0]?.source, "authority");
});

test("every replica answers a challenge, also one that asked a moment before it was written", async () => {
  const { ctx } = control;
  const answerTo = challengeAnswers(ctx);
  const early = Array.from({ length: 50 }, () => answerTo("token-of-a-challenge"));
  await store.insertChallenge(ctx, "token-of-a-challenge", "the answer");
  assert.equal(await answerTo("token-of-a-challenge"), "the answer");
  assert.ok((await Promise.all(early)).every((answer) => answer === undefined || answer === "the answer"));
  const late = challengeAnswers({ ...ctx, now: () => new Date(Date.now() + hourMs) });
  assert.equal(await late("token-of-a-challenge"), undefined, "an old one is over");
  await store.deleteChallenges(ctx, ["token-of-a-challenge"]);
  assert.equal(await answerTo("token-of-a-challenge"), undefined);
  // The database is away for one look, and back for the next.
  let isAway = true;
  let looks = 0;
  const db = {
    selectFrom(table: "acme_challenges") {
      looks += 1;
      if (isAway) throw new Error("away");
      return ctx.db.selectFrom(table);
    },
  } as unknown as typeof ctx.db;
  const broken = challengeAnswers({ ...ctx, db });
  await assert.rejects(broken("token-of-a-challenge"), /away/);
  isAway = false;
  assert.equal(await broken("token-of-a-challenge"), undefined);
  looks = 0;
  await Promise.all(Array.from({ length: 100 }, () => broken("token-of-a-challenge")));
  assert.ok(looks <= 2, `${looks} looks for a hundred that ask at once`);
});

test("staff hears once of a certificate that is served and expires soon, whether ordered or of files", async () => {
  const { ctx, database } = control;
  const operator = await control.as("super_admin");
  const admin = await control.as("admin");
  const of = async (names: string[], days: { from: number; to: number }): Promise<Certificate> => {
    const { certificate, key } = await makeCertificate(names, { days });
    return readCertificate(certificate, key);
  };
  const fine = await of(["fine.example"], { from: -75, to: 15 });
  const soon = await of(["soon.example"], { from: -77, to: 13 });
  const short = await of(["short.example"], { from: -4.6, to: 1.4 });
  const mails = async () => {
    const all = await mailsTo(control, `${operator.accountId}@example.com`);
    return all.sort((one, other) => (one.subject < other.subject ? -1 : 1));
  };
  await Promise.all([1, 2].map(() => warnOfExpiry(ctx, [fine, soon, short])));
  await warnOfExpiry(ctx, [fine, soon, short]);
  assert.deepEqual(
    (await mails()).map(({ subject }) => subject),
    ["The certificate of short.example expires soon", "The certificate of soon.example expires soon"],
  );
  assert.match((await mails())[0]?.body ?? "", /replace its files/);
  assert.deepEqual(await mailsTo(control, `${admin.accountId}@example.com`), []);
  const events = await database.pool.query("select data from events where name = 'certificates.expiring'");
  assert.equal(events.rowCount, 2);
  assert.ok(events.rows.every(({ data }) => data.fingerprint && data.notAfter));

  await ensureCertificates(ctx, { names: ["failing.example"], isOrdered: true });
  const [row] = await store.findCertificates(ctx);
  const claimed = await store.claimDue(ctx, row?.id as string);
  await store.saveOutcome(ctx, claimed as NonNullable<typeof claimed>, { failures: 9, last_error: "dns says no" });
  await warnOfExpiry(ctx, [await of(["failing.example"], { from: -80, to: 10 })]);
  assert.match((await mails())[0]?.body ?? "", /The last try ended with:\s+dns says no/);
});

test("an operator sees what is served and from where, never a key; only who may write has it ordered", async () => {
  const { ctx } = control;
  const own = await makeCertificate(["own.example"]);
  const shelf = new Shelf(["own.example", "kept.example"], { now: ctx.now, rules: { hasTls12: false } });
  await ensureCertificates(ctx, { names: ["kept.example"], isOrdered: true });
  shelf.put("files", [readCertificate(own.certificate, own.key)]);
  shelf.put("kept", await openCertificates(ctx));
  const app = await createApp(ctx, {
    log: ctx.log as never,
    linkUrl: "https://127.0.0.1:8443",
    publicUrl: "https://own.example",
    shelf,
  });
  const admin = await control.as("admin");
  const reply = await app.inject({ url: "/api/v1/certificates", headers: { authorization: `Bearer ${admin.token}` } });
  await app.close();
  const { items } = reply.json();
  assert.deepEqual(
    items.map(({ names, source, isServed, id }: { names: string[]; source: string; isServed: boolean; id: string }) => [
      names,
      source,
      isServed,
      typeof id,
    ]),
    [
      [["own.example"], "file", true, "object"],
      [["kept.example"], "self_signed", true, "string"],
    ],
  );
  assert.doesNotMatch(reply.body, /PRIVATE|BEGIN/);

  const certificateId = items[1].id;
  assert.equal(await refusalOf(admin(api.renewCertificate, { certificateId })), "403 accounts.not_permitted");
  const customer = await control.as("customer");
  assert.equal(await refusalOf(customer(api.listCertificates, {})), "403 accounts.not_permitted");
  const root = await control.as("super_admin");
  const unknown = "certificate_00000000000000000000000000" as const;
  assert.equal(await refusalOf(root(api.renewCertificate, { certificateId: unknown })), "404 certificates.not_found");
  await root(api.renewCertificate, { certificateId });
  const { rows } = await control.database.pool.query(
    "select data from events where name = 'certificates.renewal_asked'",
  );
  assert.deepEqual(rows, [{ data: { certificateId, names: ["kept.example"] } }]);
});

test("a sweep orders only the names that its replica was told of", async () => {
  const { ctx } = control;
  await ensureCertificates(ctx, { names: ["mine.example", "another.example"], isOrdered: true });
  const shelf = new Shelf([], { now: ctx.now, rules: { hasTls12: false } });
  const authority = { directory: "https://127.0.0.1:1/directory", signal: new AbortController().signal };
  const [order] = certificateSweeps({ names: ["mine.example"], authority, shelf });
  await order?.run(ctx);
  const rows = await store.findCertificates(ctx);
  assert.deepEqual(
    rows.map(({ names, failures, last_error }) => [names[0], failures, last_error]),
    [
      ["another.example", 0, null],
      ["mine.example", 1, "127.0.0.1:1 could not be reached"],
    ],
  );
});

test("what is over and for no name of ours any more is dropped, and nothing else", async () => {
  const { ctx } = control;
  await ensureCertificates(ctx, { names: ["former.example", "present.example"], isOrdered: false });
  const shelf = new Shelf([], { now: ctx.now, rules: { hasTls12: false } });
  const work = { names: ["present.example"], authority: undefined, shelf };
  const [, keep] = certificateSweeps(work);
  const names = async () => (await store.findCertificates(ctx)).map((row) => row.names[0]);
  await keep?.run(ctx);
  assert.deepEqual(await names(), ["former.example", "present.example"]);
  await keep?.run({ ...ctx, now: () => new Date(Date.now() + 366 * dayMs) });
  assert.deepEqual(await names(), ["present.example"]);
});

test("an order that is broken off because control ends is no failure, and is taken up again at once", async () => {
  const { ctx } = control;
  await ensureCertificates(ctx, { names: ["broken-off.example"], isOrdered: true });
  const shelf = new Shelf([], { now: ctx.now, rules: { hasTls12: false } });
  const authority = { directory: "https://127.0.0.1:1/directory", signal: AbortSignal.abort(new Error("ending")) };
  const [order] = certificateSweeps({ names: ["broken-off.example"], authority, shelf });
  await order?.run(ctx);
  const [row] = await store.findCertificates(ctx);
  assert.deepEqual([row?.failures, row?.last_error, row?.claimed_until], [0, null, null]);
  assert.ok(await store.claimDue(ctx, row?.id as string));
});

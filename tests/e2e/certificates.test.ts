import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { dayMs } from "@berth/kit";
import { need } from "../require.ts";
import { findShown, operatorOf, trusted, until } from "../support/issued.ts";
import { type Pebble, startPebble } from "../support/pebble.ts";
import { type SecureSite, secureSite, shake } from "../support/secure-control.ts";

let site: SecureSite;
let started: { pebble: Pebble; root: string } | undefined;

before(async () => {
  site = await secureSite();
});
after(async () => {
  await site.close();
  await started?.pebble.close();
});

/** The authority of this file. */
async function authority(): Promise<{ pebble: Pebble; root: string }> {
  if (!started) {
    const pebble = await startPebble();
    started = { pebble, root: await pebble.root() };
  }
  return started;
}

test("a name has a certificate of its own from the first start on, and an authority's soon; a restart keeps it", async (t) => {
  if (!need(t, "go")) return;
  const { pebble, root } = await authority();
  const env = { ...pebble.env, BERTH_PUBLIC_URL: "https://berth.example", BERTH_ACME_EMAIL: "operator@example.com" };
  const control = await site.start(env);
  const first = await shake(control.securePort as number, { servername: "berth.example" });
  assert.equal(first.protocol, "TLSv1.3", "never clear text");
  const issued = await until("an issued certificate", () => trusted(control, root, "berth.example"));
  assert.equal(issued.subjectaltname, "DNS:berth.example");

  const call = await operatorOf(control);
  const shown = await findShown(call, "berth.example");
  assert.deepEqual([shown?.source, shown?.isServed, shown?.failures, shown?.lastError], ["authority", true, 0, null]);
  assert.match(shown?.issuer ?? "", /Pebble Intermediate/);
  const left = (new Date(shown?.notAfter ?? 0).getTime() - new Date(shown?.nextTryAt ?? 0).getTime()) / dayMs;
  assert.ok(left >= 30 && left < 34, `renewed ${left} days before it expires`);
  const keys = "select private_key from certificates union all select private_key from acme_accounts";
  const { rows } = await site.database.pool.query(keys);
  assert.equal(rows.length, 2);
  for (const { private_key } of rows) assert.doesNotMatch(private_key.toString("latin1"), /PRIVATE KEY/, "sealed");

  await control.close();
  const orders = pebble.orders();
  const again = await site.start(env);
  assert.equal((await trusted(again, root, "berth.example"))?.fingerprint256, issued.fingerprint256);
  assert.equal(pebble.orders(), orders);
  await again.close();
});

test("a bare address gets a certificate as well, by the profile that the authority has for it", async (t) => {
  if (!need(t, "go")) return;
  const { pebble, root } = await authority();
  const control = await site.start({
    ...pebble.env,
    BERTH_PUBLIC_URL: "https://127.0.0.1",
    BERTH_ACME_PROFILE: undefined,
  });
  const issued = await until("an issued certificate", () => trusted(control, root));
  assert.equal(issued.subjectaltname, "IP Address:127.0.0.1");
  const days = (Date.parse(issued.valid_to) - Date.parse(issued.valid_from)) / dayMs;
  assert.equal(Math.round(days), 6);
  await control.close();
});

test("it is renewed by itself when a third of its time is left, without a drop", async (t) => {
  if (!need(t, "go")) return;
  const { pebble, root } = await authority();
  let movedMs = 0;
  const env = { ...pebble.env, BERTH_PUBLIC_URL: "https://renewed.example" };
  const control = await site.start(env, () => new Date(Date.now() + movedMs));
  const first = await until("the first one", () => trusted(control, root, "renewed.example"));
  const orders = pebble.orders();
  movedMs = 61 * dayMs;
  await until("another one", async () => {
    const served = await trusted(control, root, "renewed.example");
    assert.ok(served, "there is always one");
    return served.fingerprint256 !== first.fingerprint256;
  });
  assert.equal(pebble.orders(), orders + 1);
  await control.close();
});

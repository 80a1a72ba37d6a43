import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { certificates, createClient } from "@berth/api";
import { need } from "../require.ts";
import { findShown, operatorOf, trusted, until } from "../support/issued.ts";
import { type Pebble, startPebble } from "../support/pebble.ts";
import { refusalOf } from "../support/refusal.ts";
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

test("what goes wrong is shown and tried again later, or when asked to; until then it is served all the same", async (t) => {
  if (!need(t, "go")) return;
  const { pebble, root } = await authority();
  await pebble.point("wrong.example", "127.9.9.9");
  const env = { ...pebble.env, BERTH_PUBLIC_URL: "https://right.example", BERTH_TLS_NAMES: "wrong.example" };
  const control = await site.start(env);
  const call = await operatorOf(control);
  const failed = await until("a failure", async () => {
    const shown = await findShown(call, "wrong.example");
    return shown?.lastError ? shown : undefined;
  });
  assert.match(failed.lastError ?? "", /wrong\.example: .*127\.9\.9\.9.*refused.*\(connection\)/);
  assert.deepEqual([failed.source, failed.failures, failed.isServed], ["self_signed", 1, true]);
  const waitMs = Date.parse(failed.nextTryAt ?? "") - Date.parse(failed.lastErrorAt ?? "");
  assert.ok(waitMs >= 120_000 && waitMs <= 240_000, `${waitMs} ms until the next try`);
  assert.equal((await shake(control.securePort as number, { servername: "wrong.example" })).protocol, "TLSv1.3");
  await until("the other name's", () => trusted(control, root, "right.example"));

  await pebble.point("wrong.example", "127.0.0.1");
  await call(certificates.renewCertificate, { certificateId: failed.id as `certificate_${string}` });
  await until("an issued certificate", () => trusted(control, root, "wrong.example"));
  const mended = await findShown(call, "wrong.example");
  assert.deepEqual([mended?.source, mended?.failures, mended?.lastError], ["authority", 0, null]);
  await control.close();
});

test("two replicas order once, and serve the same", async (t) => {
  if (!need(t, "go")) return;
  const { pebble, root } = await authority();
  const env = { ...pebble.env, BERTH_PUBLIC_URL: "https://shared.example" };
  const orders = pebble.orders();
  const one = await site.start(env);
  const two = await site.start({ ...env, BERTH_TLS_REDIRECT_PORT: "0" });
  const [first, second] = await Promise.all(
    [one, two].map((control) => until("an issued certificate", () => trusted(control, root, "shared.example"))),
  );
  assert.equal(first?.fingerprint256, second?.fingerprint256);
  assert.equal(pebble.orders(), orders + 1);
  await Promise.all([one.close(), two.close()]);
});

test("an authority that has forgotten the account gets a new one", async (t) => {
  if (!need(t, "go")) return;
  const { pebble, root } = await authority();
  const control = await site.start({ ...pebble.env, BERTH_PUBLIC_URL: "https://forgotten.example" });
  await until("an issued certificate", () => trusted(control, root, "forgotten.example"));
  const call = await operatorOf(control);
  const before = await findShown(call, "forgotten.example");
  const certificateId = before?.id as `certificate_${string}`;
  await pebble.restart();
  await call(certificates.renewCertificate, { certificateId });
  await until("that it is unknown there", async () => {
    return (await findShown(call, "forgotten.example"))?.lastError?.includes("accountDoesNotExist");
  });
  await call(certificates.renewCertificate, { certificateId });
  await until("another one", async () => {
    const shown = await findShown(call, "forgotten.example");
    return shown?.failures === 0 && shown.fingerprint !== before?.fingerprint;
  });
  await control.close();
  started = undefined;
  await pebble.close();
});

test("an authority that asks for an external account gets it, and one that does not know it says so", async (t) => {
  if (!need(t, "go")) return;
  const key = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W";
  const strict = await startPebble({ external: { keyId: "kid-1", key } });
  try {
    const env = { ...strict.env, BERTH_PUBLIC_URL: "https://bound.example" };
    const stranger = await site.start(env);
    const call = await operatorOf(stranger);
    const failed = await until(
      "a failure",
      async () => (await findShown(call, "bound.example"))?.lastError ?? undefined,
    );
    assert.match(String(failed), /externalAccountRequired/);
    const { id } = (await findShown(call, "bound.example")) ?? {};
    await stranger.close();
    const known = await site.start({ ...env, BERTH_ACME_EAB_KEY_ID: "kid-1", BERTH_ACME_EAB_KEY: key });
    const again = await operatorOf(known);
    await again(certificates.renewCertificate, { certificateId: id as `certificate_${string}` });
    await until("an issued certificate", async () => (await findShown(again, "bound.example"))?.source === "authority");
    await known.close();
  } finally {
    await strict.close();
  }
});

test("who may not change settings can't order, and what is in files or nobody's is not ordered", async () => {
  const control = await site.start({ BERTH_PUBLIC_URL: "https://alone.example", BERTH_TLS_SELF_SIGNED: "1" });
  const call = await operatorOf(control);
  const { id, nextTryAt } = (await findShown(call, "alone.example")) ?? {};
  assert.equal(nextTryAt, null);
  const certificateId = id as `certificate_${string}`;
  assert.equal(await refusalOf(call(certificates.renewCertificate, { certificateId })), "409 certificates.not_ordered");
  const nobody = createClient({ url: control.url });
  assert.equal(await refusalOf(nobody(certificates.listCertificates, {})), "401 accounts.sign_in");
  await control.close();
});

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { makeCertificate, putFiles } from "../../../tests/support/certificates.ts";
import { readConfig } from "./config.ts";
import { startControl } from "./start.ts";
import { planTls, publicUrlOf } from "./tls-plan.ts";

const base = { BERTH_DATABASE_URL: "postgres://berth@127.0.0.1:1/berth", LOG_LEVEL: "silent" };
let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-plan-"));
});
after(() => rm(folder, { recursive: true }));

const plan = (env: NodeJS.ProcessEnv) => planTls(readConfig({ ...base, ...env }));

test("without certificates or the authority's terms control speaks no TLS, and a proxy may", () => {
  assert.equal(plan({}), undefined);
  assert.equal(plan({ BERTH_PUBLIC_URL: "https://berth.example" }), undefined);
});

test("a public URL and the authority's terms are enough: a name, an address, a port", () => {
  const terms = { BERTH_ACME_TERMS_AGREED: "1" };
  const named = plan({
    ...terms,
    BERTH_PUBLIC_URL: "https://Berth.example",
    BERTH_TLS_NAMES: "www.berth.example,berth.example",
  });
  assert.deepEqual(named?.names, ["berth.example", "www.berth.example"]);
  assert.deepEqual([named?.port, named?.redirectPort, named?.isOrdered], [443, 80, true]);
  const bare = plan({ ...terms, BERTH_PUBLIC_URL: "https://203.0.113.7:8444" });
  assert.deepEqual([bare?.names, bare?.port], [["203.0.113.7"], 8444]);
  assert.deepEqual(plan({ ...terms, BERTH_PUBLIC_URL: "https://[2001:db8::7]" })?.names, ["2001:db8::7"]);
  const config = readConfig({ ...base, ...terms, BERTH_TLS_NAMES: "2001:db8::7", BERTH_TLS_PORT: "8444" });
  assert.equal(publicUrlOf(config, planTls(config)), "https://[2001:db8::7]:8444");
});

test("settings that don't go together are refused, by name", () => {
  const wrong: [NodeJS.ProcessEnv, RegExp][] = [
    [{ BERTH_ACME_TERMS_AGREED: "1" }, /BERTH_PUBLIC_URL: must say where/],
    [
      { BERTH_ACME_TERMS_AGREED: "1", BERTH_PUBLIC_URL: "http://berth.example" },
      /BERTH_PUBLIC_URL: must begin with https/,
    ],
    [{ BERTH_TLS_CERTIFICATE_FILES: "a.pem,b.pem", BERTH_TLS_KEY_FILES: "a.key" }, /BERTH_TLS_KEY_FILES.*\(2\), not 1/],
    [
      { BERTH_ACME_TERMS_AGREED: "1", BERTH_PUBLIC_URL: "https://b.example", BERTH_ACME_EAB_KEY_ID: "kid" },
      /BERTH_ACME_EAB_KEY_ID and BERTH_ACME_EAB_KEY/,
    ],
    [{ BERTH_TLS_NAMES: "https://berth.example" }, /BERTH_TLS_NAMES/],
    [{ BERTH_TLS_NAMES: "*.berth.example" }, /BERTH_TLS_NAMES/],
    [{ BERTH_TLS_MIN_VERSION: "1.1" }, /BERTH_TLS_MIN_VERSION/],
    [{ BERTH_ACME_TERMS_AGREED: "yes" }, /BERTH_ACME_TERMS_AGREED/],
    [{ BERTH_ACME_DIRECTORY: "http://ca.example/directory" }, /BERTH_ACME_DIRECTORY/],
  ];
  for (const [env, message] of wrong) assert.throws(() => plan(env), message, JSON.stringify(env));
});

test("a start with files that can't be served is refused before anything else, and names them", async () => {
  const start = (env: NodeJS.ProcessEnv) => startControl(readConfig({ ...base, ...env }));
  const made = await makeCertificate(["other.example"]);
  const { chain, key } = await putFiles(folder, "other", made);
  const files = { BERTH_TLS_CERTIFICATE_FILES: chain, BERTH_TLS_KEY_FILES: key };
  const url = { BERTH_PUBLIC_URL: "https://berth.example" };
  await assert.rejects(start({ ...files, ...url }), /no certificate is for berth\.example.*other\.example/);
  const swapped = { BERTH_TLS_CERTIFICATE_FILES: key, BERTH_TLS_KEY_FILES: chain };
  await assert.rejects(start({ ...swapped, ...url }), /other\.key with .*other\.pem: holds no certificate/);
  await assert.rejects(
    start({ ...files, BERTH_PUBLIC_URL: "https://other.example" }),
    /ECONNREFUSED/,
    "the database is next",
  );
});

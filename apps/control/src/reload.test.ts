import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { makeCertificate, putFiles } from "../../../tests/support/certificates.ts";
import { nextTestPort } from "../../../tests/support/ports.ts";
import { type SecureSite, secureSite, shake } from "../../../tests/support/secure-control.ts";

let site: SecureSite;

before(async () => {
  site = await secureSite();
});
after(() => site.close());

test("files that change are served without a word to control, and at once on SIGHUP, which ends nothing", async () => {
  const make = () => makeCertificate(["localhost"]);
  const files = await putFiles(site.folder, "own", await make());
  const port = nextTestPort();
  const env = {
    ...process.env,
    BERTH_DATA: site.folder,
    BERTH_DATABASE_URL: site.database.url,
    BERTH_HTTP_PORT: "0",
    BERTH_LINK_PORT: "0",
    BERTH_LINK_HOST: "127.0.0.1",
    BERTH_PUBLIC_URL: "https://localhost",
    BERTH_TLS_HOST: "127.0.0.1",
    BERTH_TLS_PORT: String(port),
    BERTH_TLS_CERTIFICATE_FILES: files.chain,
    BERTH_TLS_KEY_FILES: files.key,
    BERTH_DRAIN_SECONDS: "0",
    LOG_LEVEL: "silent",
  };
  const child = fork(join(import.meta.dirname, "main.ts"), { env, stdio: ["ignore", "ignore", "inherit", "ipc"] });
  await once(child, "message");
  const served = async () => (await shake(port)).certificate.fingerprint256;
  const until = async (holds: (served: string) => boolean) => {
    for (let waitedMs = 0; !holds(await served()); waitedMs += 50) {
      if (waitedMs > 15_000) throw new Error("the same is served still");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const first = await served();
  await putFiles(site.folder, "own", await make());
  child.kill("SIGHUP");
  await until((one) => one !== first);
  const second = await served();
  await putFiles(site.folder, "own", await make());
  await until((one) => one !== second);
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  assert.deepEqual(await ended, [0, null]);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { readConfig } from "./config.ts";
import { startControl } from "./start.ts";

const env = {
  BERTH_DATABASE_URL: "postgres://berth@127.0.0.1:1/berth",
  BERTH_HTTP_HOST: "0.0.0.0",
  BERTH_HTTP_PORT: "0",
  LOG_LEVEL: "silent",
};

test("control does not begin to listen in clear text off loopback, unless a proxy is named", async () => {
  await assert.rejects(startControl(readConfig(env)), /clear text.*BERTH_TRUSTED_PROXIES/);
  // Named, or on loopback, it gets as far as its database, which is not there.
  for (const more of [{ BERTH_TRUSTED_PROXIES: "10.0.0.0/8, fd00::/8" }, { BERTH_HTTP_HOST: "::1" }]) {
    await assert.rejects(startControl(readConfig({ ...env, ...more })), /ECONNREFUSED/);
  }
});

test("what is no network is no proxy, and stops the start", () => {
  for (const text of ["everybody", "10.0.0.0/8 192.0.2.1", "10.0.0.0/64"]) {
    assert.throws(() => readConfig({ ...env, BERTH_TRUSTED_PROXIES: text }), /BERTH_TRUSTED_PROXIES/);
  }
});

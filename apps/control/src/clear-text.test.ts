import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { TrustedProxies } from "@berth/core/platform/client-address";
import type { FastifyInstance } from "fastify";
import pino from "pino";
import { type TestControl, testControl } from "../../../tests/support/control.ts";
import { readConfig } from "./config.ts";
import { createApp } from "./control.ts";
import { startControl } from "./start.ts";

const env = {
  BERTH_DATABASE_URL: "postgres://berth@127.0.0.1:1/berth",
  BERTH_HTTP_HOST: "0.0.0.0",
  BERTH_HTTP_PORT: "0",
  LOG_LEVEL: "silent",
};
let control: TestControl;
let proxied: FastifyInstance;

before(async () => {
  control = await testControl();
  proxied = await createApp(control.ctx, {
    log: pino({ level: "silent" }),
    linkUrl: "https://127.0.0.1:8443",
    publicUrl: "https://test",
    proxies: new TrustedProxies(["10.0.0.0/8"]),
  });
  await proxied.ready();
});
after(async () => {
  await proxied.close();
  await control.close();
});

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

test("who speaks clear text past the named proxies is refused, whatever they say of themselves", async () => {
  const ask = async (remoteAddress: string, url: string, headers = {}) => {
    const reply = await proxied.inject({ url, remoteAddress, headers });
    return `${reply.statusCode} ${reply.json().code ?? ""}`.trim();
  };
  const forged = { "x-forwarded-for": "10.1.1.1", "x-forwarded-proto": "https" };
  for (const url of ["/api/v1/plans", "/api/v1/sessions", "/", "/api/openapi.json", "/nothing"]) {
    assert.equal(await ask("192.0.2.9", url), "403 http.clear_text", url);
    assert.equal(await ask("192.0.2.9", url, forged), "403 http.clear_text", url);
  }
  for (const peer of ["10.1.1.1", "127.0.0.1", "::1", "::ffff:10.1.1.1"]) {
    assert.equal(await ask(peer, "/api/v1/nothing"), "404 http.no_such_route", peer);
  }
  // Who starts and stops replicas asks past every proxy, and hears nothing that is worth reading along.
  assert.equal(await ask("192.0.2.9", "/healthz"), "200");
});

test("a database on another machine needs TLS that is verified, a socket and loopback none", async () => {
  const start = (url: string, more = {}) =>
    startControl(readConfig({ ...env, BERTH_HTTP_HOST: "127.0.0.1", BERTH_DATABASE_URL: url, ...more }));
  const away = "postgres://berth@192.0.2.1:1/berth";
  for (const url of [
    away,
    `${away}?sslmode=no-verify`,
    `${away}?sslmode=disable`,
    `${away}?uselibpqcompat=true&sslmode=require`,
    "postgres://berth@127.0.0.1:1/berth?host=192.0.2.1",
  ]) {
    await assert.rejects(
      start(url),
      /on 192\.0\.2\.1 would be spoken to without verified TLS.*sslmode=verify-full/,
      url,
    );
  }
  for (const url of ["postgres://berth@127.0.0.1:1/berth", "postgres://berth@localhost:1/berth?host=/nowhere"]) {
    await assert.rejects(start(url), /ECONNREFUSED|ENOENT/, url);
  }
  // Verified, or named by the operator, it gets as far as the machine, which is not there.
  const none = "postgres://berth@db.invalid/berth";
  await assert.rejects(start(none), /verified TLS/);
  await assert.rejects(start(`${none}?sslmode=verify-full`), /ENOTFOUND|EAI_AGAIN/);
  await assert.rejects(
    start(none, { BERTH_DATABASE_UNVERIFIED_HOSTS: "other.invalid, db.invalid" }),
    /ENOTFOUND|EAI_AGAIN/,
  );
});

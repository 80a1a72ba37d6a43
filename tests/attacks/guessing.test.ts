import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { access } from "@berth/api";
import { minuteMs } from "@berth/kit";
import type { FastifyInstance } from "fastify";
import pino from "pino";
import { createApp } from "../../apps/control/src/control.ts";
import { Guard } from "../../core/guard/index.ts";
import { limits } from "../../core/guard/limit.ts";
import { TrustedProxies } from "../../core/platform/client-address.ts";
import { type TestControl, testControl } from "../support/control.ts";
import { memberPassword, newAppHolder, newMember } from "../support/members.ts";

let control: TestControl;

before(async () => {
  control = await testControl();
});
after(() => control.close());

describe("a code of an authenticator app that was looked over a shoulder", () => {
  /** How many of those who send it at the same time are believed. */
  async function replay(): Promise<number> {
    const holder = await newAppHolder(control);
    const proof = { way: "totp", code: holder.code() } as const;
    const tries = await Promise.allSettled(Array.from({ length: 16 }, () => holder.call(access.stepUp, { proof })));
    return tries.filter(({ status }) => status === "fulfilled").length;
  }

  test("is believed once, however many send it at once", async () => {
    assert.equal(await replay(), 1);
  });

  test("the control: it is believed again where nobody remembers the step", async (t) => {
    const { pool } = control.database;
    await pool.query(`
      create function forget_step() returns trigger language plpgsql
        as 'begin new.last_step := old.last_step; return new; end';
      create trigger forget_step before update on totp_secrets for each row execute function forget_step();`);
    t.after(() => pool.query("drop trigger forget_step on totp_secrets"));
    assert.ok((await replay()) > 1);
  });
});

/** A control of few tries; where everything is this machine itself, nothing is limited. */
async function appOf(isHere: () => boolean): Promise<FastifyInstance> {
  const address = { name: "sign-in-address", most: 5, windowMs: 10 * minuteMs };
  const subject = { name: "sign-in-account", most: 5, windowMs: 15 * minuteMs };
  const few = { ...limits, "sign-in": { isStrict: true, address, subject } };
  const guard = new Guard(control.ctx, { proxies: new TrustedProxies([]), limits: few, isHere });
  const log = pino({ level: "silent" });
  return createApp(control.ctx, { log, linkUrl: "https://127.0.0.1:8443", publicUrl: "http://test", guard });
}

/** How many of these were tried, in an order that nobody disturbs. */
async function guess(app: FastifyInstance, tries: { email: string; password: string; from: string }[]) {
  let tried = 0;
  let isIn = false;
  for (const { from, ...payload } of tries) {
    const reply = await app.inject({ method: "POST", url: "/api/v1/sessions", payload, remoteAddress: from });
    if (reply.statusCode === 401) tried++;
    if (reply.statusCode === 200) isIn = true;
  }
  return { tried, isIn };
}

describe("guessing passwords", () => {
  const spraying = Array.from({ length: 30 }, (_, index) => {
    return { email: `sprayed${index}@example.com`, password: "Summer2026!!", from: "198.51.100.7" };
  });

  /** One account from many addresses; the last password is the right one. */
  async function stuffing() {
    const { email } = await newMember(control);
    const wrong = Array.from({ length: 20 }, (_, index) => ({
      email,
      password: `not this one ${index}`,
      from: `192.0.2.${index}`,
    }));
    return [...wrong, { email, password: memberPassword, from: "192.0.2.99" }];
  }

  test("one at many accounts, or many at one from many addresses, ends after a few tries", async (t) => {
    const app = await appOf(() => false);
    t.after(() => app.close());
    assert.equal((await guess(app, spraying)).tried, 5);
    assert.deepEqual(await guess(app, await stuffing()), { tried: 5, isIn: false });
  });

  test("the control: where nothing is limited all are tried, and the right one is found", async (t) => {
    const app = await appOf(() => true);
    t.after(() => app.close());
    assert.equal((await guess(app, spraying)).tried, 30);
    assert.deepEqual(await guess(app, await stuffing()), { tried: 20, isIn: true });
  });
});

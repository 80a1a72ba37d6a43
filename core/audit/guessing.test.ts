import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { accounts } from "@berth/api";
import { type TestControl, testControl } from "../../tests/support/control.ts";
import type { Context } from "../platform/context.ts";
import { mostOfAccount, mostOfBlock, windowMs } from "./failure.ts";
import { detectGuessing } from "./guessing.ts";
import { record } from "./index.ts";

let control: TestControl;

before(async () => {
  control = await testControl();
});
after(() => control.close());
/** Each test has a window of its own. */
beforeEach(() => control.advance(2 * windowMs));

async function fail(count: number, by: (index: number) => { accountId?: string; address: string; name?: string }) {
  for (let index = 0; index < count; index++) {
    const { address, accountId, name = "accounts.sign_in_failed" } = by(index);
    const nobody: Context = { ...control.ctx, actor: { kind: "anonymous", address } };
    await record(nobody, { name, accountId });
  }
}

/** What was noted since the test began. */
async function noted(): Promise<unknown[]> {
  const { rows } = await control.database.pool.query(
    "select account_id, data from events where name = 'audit.guessing' and at > $1 order by id",
    [new Date(control.ctx.now().getTime() - windowMs)],
  );
  return rows.map(({ account_id, data }) => [data.at, account_id, data.failures, data.accounts]);
}

const somewhere = (index: number) => `198.51.${index}.7`;

describe("guessing", () => {
  test("from one address block is noted, over whatever accounts, and one short of it is not", async () => {
    const by = (index: number) => ({ accountId: `account_${index}`, address: `203.0.113.${index}` });
    await fail(mostOfBlock - 1, by);
    await detectGuessing(control.ctx);
    assert.deepEqual(await noted(), []);
    await fail(1, () => by(mostOfBlock));
    await detectGuessing(control.ctx);
    assert.deepEqual(await noted(), [["block", null, mostOfBlock, mostOfBlock]]);
  });

  test("at one account is noted, from wherever it comes and whatever is guessed", async () => {
    const names = ["accounts.sign_in_failed", "access.factor_refused", "accounts.password_refused"];
    await fail(mostOfAccount, (index) => ({
      accountId: "account_victim",
      address: somewhere(index),
      name: names[index % names.length],
    }));
    await detectGuessing(control.ctx);
    assert.deepEqual(await noted(), [["account", "account_victim", mostOfAccount, 1]]);
  });

  test("is noted once in a window, also by replicas that look at the same time, and again in the next", async () => {
    const storm = () => fail(mostOfBlock, (index) => ({ address: `203.0.113.${index}` }));
    await storm();
    await Promise.all([detectGuessing(control.ctx), detectGuessing(control.ctx), detectGuessing(control.ctx)]);
    await storm();
    await detectGuessing(control.ctx);
    assert.equal((await noted()).length, 1);
    control.advance(windowMs + 1);
    await storm();
    await detectGuessing(control.ctx);
    assert.equal((await noted()).length, 1);
  });

  test("is not what many do a little of, nor what is spread over time", async () => {
    await fail(mostOfBlock, (index) => ({ accountId: `account_o${index}`, address: somewhere(index) }));
    await fail(mostOfAccount - 1, (index) => ({ accountId: "account_slow", address: somewhere(index) }));
    control.advance(windowMs + 1);
    await fail(1, () => ({ accountId: "account_slow", address: somewhere(0) }));
    await detectGuessing(control.ctx);
    assert.deepEqual(await noted(), []);
  });

  test("is seen behind what is really asked of control", async () => {
    const person = await control.as("customer", "192.0.2.9");
    const { email } = await person(accounts.getMe, {});
    for (let tries = 0; tries < mostOfAccount; tries++) {
      await person(accounts.signIn, { email, password: "wrong wrong wrong" }).catch(() => {});
    }
    await detectGuessing(control.ctx);
    assert.deepEqual(await noted(), [["account", person.accountId, mostOfAccount, 1]]);
  });
});

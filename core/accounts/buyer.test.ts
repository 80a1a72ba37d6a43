import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { accounts as api, orders, settings } from "@berth/api";
import { type TestControl, testControl } from "../../tests/support/control.ts";
import { lastCode } from "../../tests/support/mails.ts";
import { memberPassword } from "../../tests/support/members.ts";
import { onlineNode } from "../../tests/support/nodes.ts";
import { refusalOf } from "../../tests/support/refusal.ts";
import { batchOf, planOf } from "../../tests/support/sales.ts";
import { isDisposable } from "./buyer.ts";

let control: TestControl;

before(async () => {
  control = await testControl();
  for (let n = 0; n < 3; n++) await onlineNode(control.ctx);
});
after(() => control.close());

async function memberAt(email: string) {
  const username = `b${email.replaceAll(/[^a-z0-9]/g, "")}`.slice(0, 32);
  await control.anonymous(api.signUp, { username, email, password: memberPassword });
  const code = await lastCode(control, email);
  const { token, account } = await control.anonymous(api.verifyEmail, { email, code, password: memberPassword });
  return { call: control.withToken(token), accountId: account.id };
}

describe("an address that is thrown away", () => {
  test("gets nothing to lease; the serial is as good as before, and redeems for another address", async () => {
    const root = await control.as("super_admin");
    const { codes } = await batchOf(control, root, { planId: (await planOf(root)).id });
    const code = codes[0] as string;
    const { call } = await memberAt("somebody@mailinator.com");
    assert.equal(await refusalOf(call(orders.redeemSerial, { code })), "403 accounts.disposable_address");

    const email = "somebody@mail.example.org";
    await call(api.requestEmailChange, { email, password: memberPassword });
    await call(api.changeEmail, { email, code: await lastCode(control, email) });
    await root(settings.changeSetting, { name: "accounts.disposable_domains", value: ["example.org"] });
    assert.equal(await refusalOf(call(orders.redeemSerial, { code })), "403 accounts.disposable_address");
    await root(settings.resetSetting, { name: "accounts.disposable_domains" });
    await call(orders.redeemSerial, { code });
  });

  test("is at a listed domain or below it, whatever the case, and at no other", () => {
    const domains = ["thrown.example"];
    for (const email of ["a@thrown.example", "a@THROWN.example", "a@b.thrown.example", '"x@y"@thrown.example'])
      assert.ok(isDisposable(email, domains), email);
    for (const email of ["a@notthrown.example", "thrown.example@example.org", "a@thrown.example.org"])
      assert.ok(!isDisposable(email, domains), email);
  });
});

describe("an address that nobody proved", () => {
  test("gets nothing to lease", async () => {
    const root = await control.as("super_admin");
    const { codes } = await batchOf(control, root, { planId: (await planOf(root)).id });
    const { call, accountId } = await memberAt("unproven@mail.example.org");
    const { db } = control.database;
    await db.updateTable("accounts").set({ email_verified: false }).where("id", "=", accountId).execute();
    const redeem = call(orders.redeemSerial, { code: codes[0] as string });
    assert.equal(await refusalOf(redeem), "403 accounts.address_not_proven");
  });
});

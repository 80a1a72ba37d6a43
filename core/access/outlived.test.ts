import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { access, accounts, keys as api, type Call, leases } from "@berth/api";
import { dayMs } from "@berth/kit";
import { Authenticator } from "../../tests/support/authenticator.ts";
import { untilBlocked } from "../../tests/support/blocked.ts";
import { type TestControl, testControl } from "../../tests/support/control.ts";
import { lastCode } from "../../tests/support/mails.ts";
import { type Member, memberPassword, newMember, secretOf } from "../../tests/support/members.ts";
import { refusalOf } from "../../tests/support/refusal.ts";
import { stepAt, totpCode } from "./totp.ts";

let control: TestControl;

before(async () => {
  control = await testControl();
});
after(() => control.close());

const makeKey = (call: Call) => call(api.createKey, { name: "Script", scopes: ["leases.read"], days: 30 });
const next = "quite another password";

async function reset({ email }: Member): Promise<void> {
  await control.anonymous(accounts.requestReset, { email });
  const code = await lastCode(control, email, "accounts.reset");
  await control.anonymous(accounts.resetPassword, { email, code, password: next });
}

describe("a password that is set by mail", () => {
  test("ends the account's API keys, from their very next call on, and says so in their list", async () => {
    const member = await newMember(control);
    const { key, secret } = await makeKey(member.call);
    const program = control.withToken(secret);
    await program(leases.listLeases, {});
    control.advance(1);
    await reset(member);
    assert.equal(await refusalOf(program(leases.listLeases, {})), "401 access.key_refused");

    const { token } = (await control.anonymous(accounts.signIn, { email: member.email, password: next })) as {
      token: string;
    };
    const me = control.withToken(token);
    const [listed] = (await me(api.listKeys, {})).items;
    assert.ok(listed?.id === key.id && listed.revokedAt);
    control.advance(1);
    await control.withToken((await makeKey(me)).secret)(leases.listLeases, {});
  });

  test("leaves no key, passkey or authenticator behind that a session of before was about to make", async () => {
    const makers: Readonly<Record<string, (call: Call) => Promise<() => Promise<unknown>>>> = {
      key: async (call) => () => makeKey(call),
      passkey: async (call) => {
        const authenticator = new Authenticator("http://test");
        const { options } = await call(access.askNewPasskey, {});
        const attestation = authenticator.make(options as never);
        return () => call(access.addPasskey, { name: "Passkey", attestation });
      },
      authenticator: async (call) => {
        const { url } = await call(access.enrolTotp, {});
        const code = totpCode(secretOf(url), stepAt(control.ctx.now()));
        return () => call(access.confirmTotp, { code });
      },
    };
    for (const [what, prepare] of Object.entries(makers)) {
      const member = await newMember(control);
      const make = await prepare(member.call);
      const holder = await control.database.pool.connect();
      await holder.query("begin");
      await holder.query("select id from accounts where id = $1 for update", [member.accountId]);
      const making = refusalOf(make());
      await untilBlocked(control.database, 1);
      await holder.query("delete from sessions where account_id = $1", [member.accountId]);
      await holder.query("commit");
      holder.release();
      assert.equal(await making, "401 accounts.session_ended", what);
    }
  });

  test("that is changed with the present one leaves keys alone", async () => {
    const { call } = await newMember(control);
    const { secret } = await makeKey(call);
    await call(accounts.changePassword, { currentPassword: memberPassword, password: next });
    await control.withToken(secret)(leases.listLeases, {});
  });
});

describe("API keys of one account", () => {
  test("are fifty that are good, however many ask for one at the same time", async () => {
    const call = await control.as("customer");
    const { accountId } = call;
    const now = control.ctx.now();
    const row = { account_id: accountId, name: "Made", scopes: ["self"], created_at: now };
    const end = new Date(now.getTime() + dayMs);
    const rows = Array.from({ length: api.mostKeys - 3 }, (_, n) => ({
      ...row,
      id: `key_${accountId}_${n}`,
      secret_hash: Buffer.from(`${n}`),
      expires_at: end,
    }));
    await control.database.db.insertInto("api_keys").values(rows).execute();
    const asked = await Promise.allSettled(Array.from({ length: 8 }, () => makeKey(call)));
    assert.equal(asked.filter(({ status }) => status === "fulfilled").length, 3);
    assert.equal(await refusalOf(makeKey(call)), "409 access.too_many_keys");
    const { items } = await call(api.listKeys, { limit: 1 });
    await call(api.revokeKey, { keyId: items[0]?.id as `key_${string}` });
    await makeKey(call);
    control.advance(dayMs);
    await makeKey(call);
  });
});

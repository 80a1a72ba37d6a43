import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { accounts as api } from "@berth/api";
import { minuteMs } from "@berth/kit";
import { untilBlocked } from "../../tests/support/blocked.ts";
import { type TestControl, testControl } from "../../tests/support/control.ts";
import { deadlocksOf } from "../../tests/support/database.ts";
import { lastCode as lastCodeTo, mailsTo } from "../../tests/support/mails.ts";
import { problemOf, refusalOf } from "../../tests/support/refusal.ts";

const password = "a long enough password";
const next = "quite another password";
let control: TestControl;
let count = 0;

before(async () => {
  control = await testControl();
});
after(() => control.close());

async function lastMail(address: string, kind: string) {
  return (await mailsTo(control, address)).findLast((mail) => mail.kind === kind);
}

const lastCode = (address: string, kind: string) => lastCodeTo(control, address, kind);

async function eventNames(accountId: string): Promise<string[]> {
  const events = control.database.db.selectFrom("events").select("name").where("account_id", "=", accountId);
  return (await events.orderBy("id").execute()).map(({ name }) => name);
}

/** A verified account and its session. */
async function member() {
  count++;
  const person = { username: `Reset${count}`, email: `reset${count}@example.com`, password };
  await control.anonymous(api.signUp, person);
  const code = await lastCode(person.email, "accounts.code");
  const { token, account } = await control.anonymous(api.verifyEmail, { email: person.email, code, password });
  return { ...person, accountId: account.id, me: control.withToken(token) };
}

const signIn = (email: string, password: string) => control.anonymous(api.signIn, { email, password });
const other = (code: string) => (code === "000000" ? "111111" : "000000");

describe("a password that was forgotten", () => {
  test("is replaced with a mailed code, and every session ends", async () => {
    const { email, accountId, me } = await member();
    await signIn(email, password);
    assert.deepEqual(await control.anonymous(api.requestReset, { email: email.toUpperCase() }), { sent: true });
    const code = await lastCode(email, "accounts.reset");
    const reset = { email, code, password: next };
    assert.deepEqual(await control.anonymous(api.resetPassword, reset), { changed: true });

    assert.equal(await refusalOf(me(api.getMe, {})), "401 accounts.session_ended");
    assert.equal(await refusalOf(signIn(email, password)), "401 accounts.wrong_credentials");
    await signIn(email, next);
    assert.equal(await refusalOf(control.anonymous(api.resetPassword, reset)), "401 accounts.wrong_code");
    assert.ok(await lastMail(email, "accounts.password_changed"));
    const names = await eventNames(accountId);
    assert.ok(names.includes("accounts.reset_requested") && names.includes("accounts.password_reset"));
  });

  test("answers alike for every address, with as many rows", async () => {
    const { email } = await member();
    const unknown = "nobody-has-this@example.com";
    const unconfirmed = { username: "Unconfirmed", email: "unconfirmed@example.com", password };
    await control.anonymous(api.signUp, unconfirmed);
    for (const address of [email, unknown, unconfirmed.email]) {
      assert.deepEqual(await control.anonymous(api.requestReset, { email: address }), { sent: true });
      const purpose = control.ctx.keys.blindIndex("mailed_codes|purpose", `reset ${address}`);
      const codes = control.database.db.selectFrom("mailed_codes").select("id").where("purpose", "=", purpose);
      assert.equal((await codes.execute()).length, 1);
    }
    assert.ok(await lastMail(unknown, "accounts.no_account"));
    assert.ok(await lastMail(unconfirmed.email, "accounts.no_account"));
    const tried = [email, unknown, unconfirmed.email].map((address) =>
      problemOf(control.anonymous(api.resetPassword, { email: address, code: "123456", password: next })),
    );
    const said = (await Promise.all(tried)).map(({ status, code, detail }) => `${status} ${code} ${detail}`);
    assert.equal(new Set(said).size, 1);
  });
});

describe("whether an address has an account", () => {
  test("shows in no rehearsal: who is not signed in can't ask for one", async () => {
    const { email } = await member();
    const headers = { "content-type": "application/json" };
    for (const [path, more] of [
      ["/accounts", { username: "Rehearsed", password }],
      ["/accounts/reset", {}],
    ] as const) {
      const answers = [email, "rehearsed@example.com"].map(async (email) => {
        const body = JSON.stringify({ email, ...more });
        return control.send(`http://test/api/v1${path}?dryRun=true`, { method: "POST", headers, body });
      });
      assert.deepEqual(
        (await Promise.all(answers)).map(({ status }) => status),
        [400, 400],
        path,
      );
    }
  });
});

describe("a code for a new password", () => {
  test("can't be guessed: five tries, ten minutes, and the newest code only", async () => {
    const { email } = await member();
    const attempt = (code: string) => control.anonymous(api.resetPassword, { email, code, password: next });
    await control.anonymous(api.requestReset, { email });
    const code = await lastCode(email, "accounts.reset");
    for (let n = 0; n < 5; n++) assert.equal(await refusalOf(attempt(other(code))), "401 accounts.wrong_code");
    assert.equal(await refusalOf(attempt(code)), "401 accounts.wrong_code");

    await control.anonymous(api.requestReset, { email });
    const late = await lastCode(email, "accounts.reset");
    control.advance(10 * minuteMs);
    assert.equal(await refusalOf(attempt(late)), "401 accounts.wrong_code");

    await control.anonymous(api.requestReset, { email });
    const first = await lastCode(email, "accounts.reset");
    await control.anonymous(api.requestReset, { email });
    const second = await lastCode(email, "accounts.reset");
    if (first !== second) assert.equal(await refusalOf(attempt(first)), "401 accounts.wrong_code");
    await attempt(second);
  });

  test("sets one, however many use it at the same time", async () => {
    const { email, accountId } = await member();
    await control.anonymous(api.requestReset, { email });
    const code = await lastCode(email, "accounts.reset");
    const tries = Array.from({ length: 6 }, (_, n) =>
      control.anonymous(api.resetPassword, { email, code, password: `${next} ${n}` }),
    );
    const results = await Promise.allSettled(tries);
    assert.equal(results.filter(({ status }) => status === "fulfilled").length, 1);
    const names = await eventNames(accountId);
    assert.equal(names.filter((name) => name === "accounts.password_reset").length, 1);
  });

  test("does nothing for an account that is suspended", async () => {
    const { email, accountId } = await member();
    await control.anonymous(api.requestReset, { email });
    const code = await lastCode(email, "accounts.reset");
    const suspended = { state: "suspended", suspended_for: "test" } as const;
    await control.database.db.updateTable("accounts").set(suspended).where("id", "=", accountId).execute();
    const tried = control.anonymous(api.resetPassword, { email, code, password: next });
    assert.equal(await refusalOf(tried), "401 accounts.wrong_code");
  });
});

describe("a password", () => {
  test("is changed with the present one; other sessions and mailed codes end", async () => {
    const { email, accountId, me } = await member();
    const elsewhere = await control.anonymous(api.signIn, { email, password });
    await control.anonymous(api.requestReset, { email });
    const code = await lastCode(email, "accounts.reset");

    const wrong = me(api.changePassword, { currentPassword: "not this one at all", password: next });
    assert.equal(await refusalOf(wrong), "403 accounts.wrong_password");
    await me(api.changePassword, { currentPassword: password, password: next });

    assert.equal((await me(api.getMe, {})).id, accountId);
    assert.ok("token" in elsewhere);
    assert.equal(await refusalOf(control.withToken(elsewhere.token)(api.getMe, {})), "401 accounts.session_ended");
    assert.equal(await refusalOf(signIn(email, password)), "401 accounts.wrong_credentials");
    await signIn(email, next);
    const late = control.anonymous(api.resetPassword, { email, code, password });
    assert.equal(await refusalOf(late), "401 accounts.wrong_code");
    assert.ok(await lastMail(email, "accounts.password_changed"));
    const names = await eventNames(accountId);
    assert.ok(names.includes("accounts.password_refused") && names.includes("accounts.password_changed"));
  });

  test("is changed by one of many who know the present one", async () => {
    const { me } = await member();
    const changes = Array.from({ length: 4 }, (_, n) =>
      me(api.changePassword, { currentPassword: password, password: `${next} ${n}` }),
    );
    const results = await Promise.allSettled(changes);
    assert.equal(results.filter(({ status }) => status === "fulfilled").length, 1);
  });
});

describe("an address", () => {
  test("is changed with a code from the new one; the former one is told, and signs in no more", async () => {
    const { email, accountId, me } = await member();
    const address = `moved-${email}`;
    const wrong = me(api.requestEmailChange, { email: address, password: "not this one at all" });
    assert.equal(await refusalOf(wrong), "403 accounts.wrong_password");
    await me(api.requestEmailChange, { email: address, password });
    const code = await lastCode(address, "accounts.new_address");
    const refused = me(api.changeEmail, { email: address, code: other(code) });
    assert.equal(await refusalOf(refused), "403 accounts.wrong_code");
    assert.equal((await me(api.changeEmail, { email: address, code })).email, address);

    assert.equal(await refusalOf(signIn(email, password)), "401 accounts.wrong_credentials");
    await signIn(address, password);
    const told = await lastMail(email, "accounts.address_changed");
    assert.ok(told && !told.body.includes(address));
    assert.ok((await eventNames(accountId)).includes("accounts.email_changed"));
    assert.equal(await refusalOf(me(api.changeEmail, { email: address, code })), "403 accounts.wrong_code");
  });

  test("of somebody else stays theirs, and only they hear of it", async () => {
    const [one, two] = [await member(), await member()];
    assert.deepEqual(await one.me(api.requestEmailChange, { email: two.email, password }), { sent: true });
    assert.ok(await lastMail(two.email, "accounts.known_address"));
    assert.equal(await lastMail(two.email, "accounts.new_address"), undefined);
  });

  test("takes a code of one's own: another's for the same address is none", async () => {
    const [one, two] = [await member(), await member()];
    const email = "wanted@example.com";
    await one.me(api.requestEmailChange, { email, password });
    const code = await lastCode(email, "accounts.new_address");
    assert.equal(await refusalOf(two.me(api.changeEmail, { email, code })), "403 accounts.wrong_code");
    for (let n = 0; n < 5; n++) await refusalOf(one.me(api.changeEmail, { email, code: other(code) }));
    assert.equal(await refusalOf(one.me(api.changeEmail, { email, code })), "403 accounts.wrong_code");
  });

  test("goes to one of several who prove it at the same time, and a sign-up that nobody confirmed holds it against none", async () => {
    const people = await Promise.all([member(), member(), member()]);
    const email = "contested@example.com";
    await control.anonymous(api.signUp, { username: "Squatter", email, password });
    const codes: string[] = [];
    for (const { me } of people) {
      await me(api.requestEmailChange, { email, password });
      codes.push(await lastCode(email, "accounts.new_address"));
    }
    const changes = people.map(({ me }, n) => me(api.changeEmail, { email, code: codes[n] as string }));
    const results = await Promise.allSettled(changes);
    assert.equal(results.filter(({ status }) => status === "fulfilled").length, 1);
    for (const result of results) {
      if (result.status === "rejected") assert.equal(result.reason.problem.code, "accounts.email_taken");
    }
    assert.equal(await deadlocksOf(control.database), 0);
  });
});

describe("a session that the former password opens at the same moment", () => {
  /** Both have done their work and wait to write it down: neither sees the other's, which is not committed. */
  async function meanwhile(email: string, change: () => Promise<unknown>): Promise<string> {
    const holder = await control.database.pool.connect();
    await holder.query("begin; lock table events in exclusive mode");
    const entering = signIn(email, password);
    await untilBlocked(control.database, 1);
    const changing = change();
    await untilBlocked(control.database, 2);
    await holder.query("commit");
    holder.release();
    await changing;
    const signedIn = await entering;
    return "token" in signedIn ? refusalOf(control.withToken(signedIn.token)(api.getMe, {})) : "no session";
  }

  test("ends with a reset", async () => {
    const { email } = await member();
    await control.anonymous(api.requestReset, { email });
    const code = await lastCode(email, "accounts.reset");
    const reset = () => control.anonymous(api.resetPassword, { email, code, password: next });
    assert.equal(await meanwhile(email, reset), "401 accounts.session_ended");
  });

  test("ends with a change", async () => {
    const { email, me } = await member();
    const change = () => me(api.changePassword, { currentPassword: password, password: next });
    assert.equal(await meanwhile(email, change), "401 accounts.session_ended");
  });
});

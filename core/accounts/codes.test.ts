import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { accounts as api } from "@berth/api";
import { dayMs, minuteMs } from "@berth/kit";
import { type TestControl, testControl } from "../../tests/support/control.ts";
import { lastCode, mailsTo } from "../../tests/support/mails.ts";
import { memberPassword, newMember } from "../../tests/support/members.ts";
import { refusalOf } from "../../tests/support/refusal.ts";
import { recipientOf } from "../notices/content.ts";
import { deliverTo } from "../notices/deliver.ts";
import { accountSweeps } from "./sweeps.ts";

let control: TestControl;

before(async () => {
  control = await testControl();
});
after(() => control.close());

const password = "quite another password";

/** Sends what waits, as a mail server would that takes everything; returns the subjects that went. */
async function deliver(address: string): Promise<string[]> {
  const went: string[] = [];
  await deliverTo(control.ctx, recipientOf(control.ctx, address), async ({ subject }) => {
    went.push(subject);
    return { result: "taken" };
  });
  return went;
}

const ask = (email: string) => control.anonymous(api.requestReset, { email });

/** The code in a mail's subject, which is where people see it first. */
const codeIn = (subject: string | undefined) => /\d{6}/.exec(subject ?? "")?.[0] ?? "";

async function forget(): Promise<void> {
  await accountSweeps.find(({ name }) => name === "accounts.forget_unconfirmed")?.run(control.ctx);
}

describe("a flood of requests for codes", () => {
  test("makes no code useless that was mailed, and keeps back no mail that warns of it", async () => {
    const { email } = await newMember(control);
    control.advance(10 * minuteMs);
    await ask(email);
    const [first] = await deliver(email);
    for (let n = 0; n < 10; n++) {
      await ask(email);
      await deliver(email);
    }
    const states = (await mailsTo(control, email)).filter(({ kind }) => kind === "accounts.reset");
    assert.equal(states.filter(({ state }) => state === "sent").length, 3);
    assert.equal(states.filter(({ state }) => state === "waiting").length, 1);
    control.advance(5 * minuteMs);
    await control.anonymous(api.resetPassword, { email, code: codeIn(first), password });
    assert.ok((await deliver(email)).includes("Your password was changed"));
  });

  test("leaves four codes that are good, and five guesses for all of them together", async () => {
    const { email } = await newMember(control);
    control.advance(10 * minuteMs);
    const codes: string[] = [];
    for (let n = 0; n < 4; n++) {
      await ask(email);
      codes.push(codeIn((await deliver(email))[0]) || (await lastCode(control, email, "accounts.reset")));
    }
    const live = await control.database.db.selectFrom("mailed_codes").selectAll().execute();
    assert.equal(live.filter(({ expires_at }) => expires_at > control.ctx.now()).length, 4);
    const wrong = ["000000", "111111", "222222", "333333", "444444", "555555"].filter((code) => !codes.includes(code));
    for (const code of wrong.slice(0, 5)) {
      const guess = control.anonymous(api.resetPassword, { email, code, password });
      assert.equal(await refusalOf(guess), "401 accounts.wrong_code");
    }
    for (const code of codes) {
      const late = control.anonymous(api.resetPassword, { email, code, password });
      assert.equal(await refusalOf(late), "401 accounts.wrong_code");
    }
  });

  test("answers alike for a stranger's address: as many mails, of which as many go", async () => {
    const counts = async (email: string) => {
      for (let n = 0; n < 6; n++) {
        await ask(email);
        await deliver(email);
      }
      const mails = (await mailsTo(control, email)).filter(({ purpose }) => purpose === "reset");
      return Object.fromEntries(
        [...Map.groupBy(mails, ({ state }) => state)].map(([state, all]) => [state, all.length]),
      );
    };
    const { email } = await newMember(control);
    control.advance(10 * minuteMs);
    const three = { sent: 3, waiting: 1, dropped: 2 };
    assert.deepEqual(await counts(email), three);
    assert.deepEqual(await counts("nobody-at-all@example.com"), three);
  });
});

describe("a code for signing up", () => {
  test("confirms what it was asked for with, whoever signs up with the address meanwhile", async () => {
    const email = "contended@example.com";
    const signUp = (username: string, secret: string) =>
      control.anonymous(api.signUp, { username, email, password: secret });
    await signUp("Owner", memberPassword);
    const [mine] = await deliver(email);
    await signUp("Stranger", password);
    const [theirs] = await deliver(email);
    const confirm = (subject: string | undefined, secret: string) =>
      control.anonymous(api.verifyEmail, { email, code: codeIn(subject), password: secret });
    assert.equal(await refusalOf(confirm(theirs, memberPassword)), "401 accounts.wrong_code");
    const { account } = await confirm(mine, memberPassword);
    assert.equal(account.username, "Owner");
    assert.equal(await refusalOf(confirm(theirs, password)), "401 accounts.wrong_code");
    const wrong = control.anonymous(api.signIn, { email, password });
    assert.equal(await refusalOf(wrong), "401 accounts.wrong_credentials");
    assert.ok("token" in (await control.anonymous(api.signIn, { email, password: memberPassword })));
  });
});

describe("a sign-up that nobody confirms", () => {
  test("is forgotten after seven days without another try, and holds neither name nor address then", async () => {
    const email = "unconfirmed@example.com";
    const signUp = () => control.anonymous(api.signUp, { username: "Unconfirmed", email, password: memberPassword });
    const rows = () =>
      control.database.db.selectFrom("accounts").select("id").where("username", "=", "Unconfirmed").execute();
    await signUp();
    control.advance(4 * dayMs);
    await signUp();
    control.advance(4 * dayMs);
    await forget();
    const [left] = await rows();
    assert.ok(left);
    control.advance(3 * dayMs);
    await forget();
    assert.deepEqual(await rows(), []);
    const events = control.database.db.selectFrom("events").select("name").where("account_id", "=", left.id);
    assert.ok((await events.execute()).some(({ name }) => name === "accounts.sign_up_forgotten"));
  });

  test("that is confirmed in the end stays", async () => {
    const { accountId } = await newMember(control);
    control.advance(30 * dayMs);
    await forget();
    const found = control.database.db.selectFrom("accounts").select("id").where("id", "=", accountId);
    assert.equal((await found.execute()).length, 1);
  });
});

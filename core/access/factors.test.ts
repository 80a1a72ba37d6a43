import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { accounts, access as api } from "@berth/api";
import { minuteMs } from "@berth/kit";
import { type TestControl, testControl } from "../../tests/support/control.ts";
import { mailsTo } from "../../tests/support/mails.ts";
import { memberPassword, newAppHolder, newMember } from "../../tests/support/members.ts";
import { problemOf, refusalOf } from "../../tests/support/refusal.ts";

let control: TestControl;

before(async () => {
  control = await testControl();
});
after(() => control.close());

async function eventsOf(accountId: string): Promise<string[]> {
  const events = control.database.db.selectFrom("events").select("name").where("account_id", "=", accountId);
  return (await events.orderBy("id").execute()).map(({ name }) => name);
}

const other = (code: string) => (code === "000000" ? "111111" : "000000");
const isGranted = ({ status }: PromiseSettledResult<unknown>) => status === "fulfilled";

describe("an authenticator app", () => {
  test("counts once its first code was shown, and is asked for from then on", async () => {
    const member = await newMember(control);
    const { url } = await member.call(api.enrolTotp, {});
    assert.match(url, /^otpauth:\/\/totp\//);
    assert.ok("token" in (await member.signIn()), "a secret that nobody confirmed asks for nothing");
    assert.equal(await refusalOf(member.call(api.confirmTotp, { code: "000000" })), "403 access.wrong_factor");

    const holder = await newAppHolder(control);
    assert.equal(holder.recoveryCodes.length, 10);
    const answer = await holder.signIn();
    assert.ok("needs" in answer);
    assert.deepEqual(answer.needs, ["totp", "recovery"]);
    const proof = { way: "totp", code: holder.code() } as const;
    const { token, account } = await control.anonymous(api.completeSignIn, { ticket: answer.ticket, proof });
    assert.equal(account.id, holder.accountId);
    await control.withToken(token)(accounts.getMe, {});
    const names = await eventsOf(holder.accountId);
    for (const name of ["access.totp_begun", "access.totp_enrolled", "access.recovery_codes_made"]) {
      assert.ok(names.includes(name), name);
    }
    assert.equal(await refusalOf(holder.call(api.enrolTotp, {})), "409 access.totp_enrolled");
  });

  test("has its secret sealed and its recovery codes hashed", async () => {
    const { secret, recoveryCodes } = await newAppHolder(control);
    const { db } = control.database;
    const rows = await Promise.all([
      db.selectFrom("totp_secrets").selectAll().execute(),
      db.selectFrom("recovery_codes").selectAll().execute(),
      db.selectFrom("events").select("data").execute(),
    ]);
    const bytes = rows.flat().flatMap((row) => Object.values(row).filter((value) => Buffer.isBuffer(value)));
    assert.ok(bytes.length > 10);
    assert.ok(bytes.every((value) => !value.includes(secret)));
    const text = JSON.stringify(rows, (_, value) => (typeof value === "bigint" ? String(value) : value));
    for (const code of recoveryCodes) assert.ok(!text.includes(code) && !text.includes(code.replaceAll("-", "")));
  });

  test("that is removed is asked for no more, and takes its recovery codes with it", async () => {
    const holder = await newAppHolder(control);
    await holder.call(api.stepUp, { proof: { way: "totp", code: holder.code() } });
    await holder.call(api.removeTotp, {});
    assert.ok("token" in (await holder.signIn()));
    const factors = await holder.call(api.getFactors, {});
    assert.deepEqual(factors, { totp: false, passkeys: [], recoveryCodesLeft: 0, isRequired: false });
    assert.equal(await refusalOf(holder.call(api.removeTotp, {})), "404 access.no_totp");
  });
});

describe("a code of an app", () => {
  test("works once, however many send it at the same time", async () => {
    const holder = await newAppHolder(control);
    const proof = { way: "totp", code: holder.code() } as const;
    const tries = await Promise.allSettled(Array.from({ length: 64 }, () => holder.call(api.stepUp, { proof })));
    assert.equal(tries.filter(isGranted).length, 1);
    assert.equal((await eventsOf(holder.accountId)).filter((name) => name === "access.stepped_up").length, 1);
  });

  test("signs in once, whatever ticket it comes with", async () => {
    const holder = await newAppHolder(control);
    const tickets = await Promise.all(Array.from({ length: 5 }, () => holder.ticketOf()));
    const proof = { way: "totp", code: holder.code() } as const;
    const tries = await Promise.allSettled(
      tickets.map((ticket) => control.anonymous(api.completeSignIn, { ticket, proof })),
    );
    assert.equal(tries.filter(isGranted).length, 1);
  });

  test("is good for a step longer, but not once a later one was used", async () => {
    const holder = await newAppHolder(control);
    const early = holder.code();
    control.advance(30_000);
    const late = holder.code();
    await holder.call(api.stepUp, { proof: { way: "totp", code: late } });
    const again = holder.call(api.stepUp, { proof: { way: "totp", code: early } });
    assert.equal(await refusalOf(again), "403 access.wrong_factor");
    control.advance(60_000);
    const stale = holder.code();
    control.advance(60_000);
    const tooLate = holder.call(api.stepUp, { proof: { way: "totp", code: stale } });
    assert.equal(await refusalOf(tooLate), "403 access.wrong_factor");
  });

  test("is taken no more after five wrong ones, at first for half a minute, then for twice as long", async () => {
    const holder = await newAppHolder(control);
    const proof = () => ({ way: "totp", code: holder.code() }) as const;
    const wrong = () => holder.call(api.stepUp, { proof: { way: "totp", code: other(holder.code()) } });
    const guesses = await Promise.all(Array.from({ length: 8 }, () => problemOf(wrong())));
    assert.equal(guesses.filter(({ code }) => code === "access.wrong_factor").length, 5);
    const locked = await problemOf(holder.call(api.stepUp, { proof: proof() }));
    assert.equal(locked.code, "access.too_many_tries");
    assert.ok(Number(locked.retryAfterSeconds) > 25 && Number(locked.retryAfterSeconds) <= 30);
    control.advance(30_000);
    assert.equal(await refusalOf(wrong()), "403 access.wrong_factor");
    control.advance(50_000);
    assert.equal(await refusalOf(holder.call(api.stepUp, { proof: proof() })), "429 access.too_many_tries");
    control.advance(10_000);
    await holder.call(api.stepUp, { proof: proof() });
    control.advance(30_000);
    assert.equal(await refusalOf(wrong()), "403 access.wrong_factor", "a right code forgets the wrong ones");
    await holder.call(api.stepUp, { proof: proof() });
  });
});

describe("a change of second factors", () => {
  test("is told to the account's owner by mail, without any secret", async () => {
    const holder = await newAppHolder(control);
    const { recoveryCodes } = await holder.call(api.renewRecoveryCodes, {});
    const proof = { way: "recovery", code: recoveryCodes[0] as string } as const;
    await control.anonymous(api.completeSignIn, { ticket: await holder.ticketOf(), proof });
    await holder.call(api.removeTotp, {});
    const mails = await mailsTo(control, holder.email);
    const changes = mails.filter(({ kind }) => kind === "access.factors_changed").map(({ body }) => body);
    assert.deepEqual(
      changes.map((body) => body.split(/[:,]/)[0]),
      [
        "An authenticator app was added",
        "New recovery codes were made",
        "A recovery code was used to prove who you are",
        "The authenticator app was removed",
      ],
    );
    for (const code of [...recoveryCodes, ...holder.recoveryCodes]) assert.ok(!changes.join().includes(code));
  });
});

describe("a recovery code", () => {
  test("signs in once, however many use it at the same time, and however it is typed", async () => {
    const holder = await newAppHolder(control);
    const code = ` ${holder.recoveryCodes[3]?.toUpperCase().replaceAll("-", " ")} `;
    const tickets = await Promise.all(Array.from({ length: 8 }, () => holder.ticketOf()));
    const tries = await Promise.allSettled(
      tickets.map((ticket) => control.anonymous(api.completeSignIn, { ticket, proof: { way: "recovery", code } })),
    );
    assert.equal(tries.filter(isGranted).length, 1);
    assert.equal((await holder.call(api.getFactors, {})).recoveryCodesLeft, 9);
    assert.equal((await eventsOf(holder.accountId)).filter((name) => name === "access.recovery_code_used").length, 1);
  });

  test("still works when strangers' wrong codes have locked the app", async () => {
    const holder = await newAppHolder(control);
    const ticket = await holder.ticketOf();
    for (let n = 0; n < 5; n++) {
      const proof = { way: "totp", code: other(holder.code()) } as const;
      await problemOf(control.anonymous(api.completeSignIn, { ticket, proof }));
    }
    const proof = { way: "recovery", code: holder.recoveryCodes[0] as string } as const;
    assert.ok((await control.anonymous(api.completeSignIn, { ticket, proof })).token);
  });

  test("of somebody else, or of before new ones were made, is worth nothing", async () => {
    const [holder, stranger] = [await newAppHolder(control), await newAppHolder(control)];
    const attempt = async (code = "") => {
      const ticket = await holder.ticketOf();
      return control.anonymous(api.completeSignIn, { ticket, proof: { way: "recovery", code } });
    };
    assert.equal(await refusalOf(attempt(stranger.recoveryCodes[0])), "403 access.wrong_factor");
    const { recoveryCodes } = await holder.call(api.renewRecoveryCodes, {});
    assert.equal(new Set([...recoveryCodes, ...holder.recoveryCodes]).size, 20);
    assert.equal(await refusalOf(attempt(holder.recoveryCodes[0])), "403 access.wrong_factor");
    assert.ok((await attempt(recoveryCodes[0])).token);
  });

  test("is for who has a second factor", async () => {
    const member = await newMember(control);
    assert.equal(await refusalOf(member.call(api.renewRecoveryCodes, {})), "409 access.no_second_factor");
  });
});

describe("a ticket", () => {
  test("ends with its sign-in, and after five minutes", async () => {
    const holder = await newAppHolder(control);
    const complete = (ticket: string) =>
      control.anonymous(api.completeSignIn, { ticket, proof: { way: "totp", code: holder.code() } });
    const ticket = await holder.ticketOf();
    await complete(ticket);
    control.advance(30_000);
    assert.equal(await refusalOf(complete(ticket)), "401 access.ticket_ended");
    const late = await holder.ticketOf();
    control.advance(5 * minuteMs);
    assert.equal(await refusalOf(complete(late)), "401 access.ticket_ended");
    assert.equal(await refusalOf(complete("x".repeat(32))), "401 access.ticket_ended");
  });

  test("outlives a wrong code, so that a slip of a finger costs no password", async () => {
    const holder = await newAppHolder(control);
    const ticket = await holder.ticketOf();
    const complete = (code: string) => control.anonymous(api.completeSignIn, { ticket, proof: { way: "totp", code } });
    assert.equal(await refusalOf(complete(other(holder.code()))), "403 access.wrong_factor");
    assert.ok((await complete(holder.code())).token);
  });

  test("opens nothing for another account's factor, nor from another address", async () => {
    const [holder, stranger] = [await newAppHolder(control), await newAppHolder(control)];
    const ticket = await holder.ticketOf();
    const foreign = { ticket, proof: { way: "totp", code: stranger.code() } } as const;
    assert.equal(await refusalOf(control.anonymous(api.completeSignIn, foreign)), "403 access.wrong_factor");
    const own = { ticket, proof: { way: "totp", code: holder.code() } } as const;
    const elsewhere = (await control.as("customer")).from("203.0.113.9");
    assert.equal(await refusalOf(elsewhere(api.completeSignIn, own)), "401 access.ticket_ended");
    assert.ok((await control.anonymous(api.completeSignIn, own)).token);
  });

  test("ends when the password changes, and opens nothing for a suspended account", async () => {
    const { db } = control.database;
    const [holder, suspended] = [await newAppHolder(control), await newAppHolder(control)];
    const complete = (ticket: string, code: string) =>
      control.anonymous(api.completeSignIn, { ticket, proof: { way: "totp", code } });
    const ticket = await holder.ticketOf();
    await db.updateTable("credentials").set({ password: "x" }).where("account_id", "=", holder.accountId).execute();
    assert.equal(await refusalOf(complete(ticket, holder.code())), "401 access.ticket_ended");
    const other = await suspended.ticketOf();
    await db.updateTable("accounts").set({ state: "suspended" }).where("id", "=", suspended.accountId).execute();
    assert.equal(await refusalOf(complete(other, suspended.code())), "403 accounts.suspended");
  });
});

describe("a password", () => {
  test("that is wrong gets no ticket and tells nothing of second factors", async () => {
    const { email } = await newAppHolder(control);
    const attempt = control.anonymous(accounts.signIn, { email, password: `${memberPassword}!` });
    assert.equal(await refusalOf(attempt), "401 accounts.wrong_credentials");
  });
});

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ApiError, accounts as api } from "@berth/api";
import { dayMs, minuteMs } from "@berth/kit";
import { type TestControl, testControl } from "../../tests/support/control.ts";
import { lastCode as lastCodeTo, mailsTo } from "../../tests/support/mails.ts";
import { signInTo } from "../../tests/support/sign-in.ts";
import { indexOfEmail } from "./address.ts";

const password = "a long enough password";
let control: TestControl;
let count = 0;

before(async () => {
  control = await testControl();
});
after(() => control.close());

/** Somebody nobody has heard of yet. */
function stranger() {
  count++;
  return { username: `Person${count}`, email: `person${count}@example.com`, password };
}

const lastCode = (address: string) => lastCodeTo(control, address, "accounts.code");

async function eventNames(accountId: string): Promise<string[]> {
  const events = control.database.db.selectFrom("events").select("name").where("account_id", "=", accountId);
  return (await events.orderBy("id").execute()).map(({ name }) => name);
}

function signIn(person: { email: string; password: string }) {
  return signInTo(control.anonymous, person);
}

/** A verified account and its first session. */
async function member() {
  const person = stranger();
  await control.anonymous(api.signUp, person);
  const code = await lastCode(person.email);
  return { ...person, ...(await control.anonymous(api.verifyEmail, { email: person.email, code, password })) };
}

async function codeOfRefusal(call: Promise<unknown>): Promise<string> {
  const error = await call.then(() => undefined).catch((error: unknown) => error);
  assert.ok(error instanceof ApiError, `not refused: ${String(error)}`);
  return error.problem.code;
}

const other = (code: string) => (code === "000000" ? "111111" : "000000");

describe("signing up", () => {
  test("leads by a mailed code to an account, a session and out again", async () => {
    const person = stranger();
    assert.deepEqual(await control.anonymous(api.signUp, person), { sent: true });
    assert.equal(await codeOfRefusal(signIn(person)), "accounts.unverified");

    const code = await lastCode(person.email);
    const signedIn = await control.anonymous(api.verifyEmail, { email: person.email, code, password });
    assert.equal(signedIn.account.state, "active");
    const me = control.withToken(signedIn.token);
    assert.deepEqual(await me(api.getMe, {}), signedIn.account);

    const second = await signIn(person);
    const { items } = await me(api.listSessions, {});
    assert.deepEqual(
      items.map(({ current }) => current),
      [false, true],
    );
    await me(api.signOut, {});
    assert.equal(await codeOfRefusal(me(api.getMe, {})), "accounts.session_ended");
    assert.equal((await control.withToken(second.token)(api.getMe, {})).id, signedIn.account.id);
    assert.deepEqual((await eventNames(signedIn.account.id)).sort(), [
      "accounts.sign_in_failed",
      "accounts.signed_in",
      "accounts.signed_in",
      "accounts.signed_out",
      "accounts.signed_up",
      "accounts.verified",
    ]);
  });

  test("answers alike for known and unknown addresses; the owner of a known one hears of it", async () => {
    const known = await member();
    const again = { ...stranger(), email: known.email };
    assert.deepEqual(await control.anonymous(api.signUp, again), { sent: true });
    assert.deepEqual(
      (await mailsTo(control, known.email)).map(({ kind }) => kind),
      ["accounts.code", "accounts.known_address"],
    );
    // The name that was asked for is as free as if the address had been unknown.
    const next = { ...stranger(), username: again.username };
    assert.deepEqual(await control.anonymous(api.signUp, next), { sent: true });
    assert.equal((await signIn(known)).account.username, known.username);
  });

  test("refuses a name that somebody has, whatever its case", async () => {
    const { username } = await member();
    const taken = { ...stranger(), username: username.toUpperCase() };
    assert.equal(await codeOfRefusal(control.anonymous(api.signUp, taken)), "accounts.username_taken");
  });

  test("gives one name to one of many who ask for it at the same time", async () => {
    const people = Array.from({ length: 6 }, () => ({ ...stranger(), username: "Wanted" }));
    await Promise.all(people.map((person) => control.anonymous(api.signUp, person)));
    const codes = await Promise.all(people.map(({ email }) => lastCode(email)));
    const results = await Promise.allSettled(
      people.map(({ email }, n) => control.anonymous(api.verifyEmail, { email, code: codes[n] as string, password })),
    );
    assert.equal(results.filter(({ status }) => status === "fulfilled").length, 1);
    for (const result of results) {
      if (result.status === "rejected") assert.equal(result.reason.problem.code, "accounts.username_taken");
    }
    const held = control.database.db.selectFrom("accounts").select("id").where("username", "=", "Wanted");
    assert.equal((await held.where("state", "=", "active").execute()).length, 1);
  });
});

describe("an address that nobody confirmed yet", () => {
  test("signed up many times at once leaves one account, whose last code works", async () => {
    const person = stranger();
    await Promise.all(Array.from({ length: 5 }, () => control.anonymous(api.signUp, person)));
    const code = await lastCode(person.email);
    const { account } = await control.anonymous(api.verifyEmail, { email: person.email, code, password });
    const names = await eventNames(account.id);
    assert.equal(names.filter((name) => name === "accounts.signed_up").length, 1);
  });

  test("signed up again takes the later name and password", async () => {
    const first = stranger();
    await control.anonymous(api.signUp, first);
    const earlier = await lastCode(first.email);
    const later = { ...stranger(), email: first.email, password: "quite another password" };
    await control.anonymous(api.signUp, later);
    const code = await lastCode(first.email);
    const stale = { email: first.email, code: earlier, password: later.password };
    if (earlier !== code)
      assert.equal(await codeOfRefusal(control.anonymous(api.verifyEmail, stale)), "accounts.wrong_code");
    const { account } = await control.anonymous(api.verifyEmail, { ...stale, code });
    assert.equal(account.username, later.username);
    assert.equal(await codeOfRefusal(signIn(first)), "accounts.wrong_credentials");
  });

  test("signed up by a stranger can't be confirmed by its owner for them", async () => {
    const owner = stranger();
    await control.anonymous(api.signUp, owner);
    await control.anonymous(api.signUp, { ...stranger(), email: owner.email, password: "the stranger's own" });
    const code = await lastCode(owner.email);
    const attempt = control.anonymous(api.verifyEmail, { email: owner.email, code, password });
    assert.equal(await codeOfRefusal(attempt), "accounts.wrong_code");
    const account = await control.database.db
      .selectFrom("accounts")
      .selectAll()
      .where("email_index", "=", indexOfEmail(control.ctx, owner.email))
      .execute();
    assert.equal(account[0]?.state, "unverified");
  });
});

describe("the tables", () => {
  test("hold neither passwords nor codes nor tokens readable, and events no addresses", async () => {
    const person = await member();
    const fresh = stranger();
    await control.anonymous(api.signUp, fresh);
    const code = await lastCode(fresh.email);
    const rows = await Promise.all([
      control.database.db.selectFrom("sessions").selectAll().execute(),
      control.database.db.selectFrom("mailed_codes").selectAll().execute(),
      control.database.db.selectFrom("credentials").selectAll().execute(),
      control.database.db.selectFrom("events").select("data").execute(),
    ]);
    const text = JSON.stringify(rows);
    for (const secret of [person.token, password, `"${code}`, person.email]) assert.ok(!text.includes(secret), secret);
    assert.match(text, /\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });
});

describe("a mailed code", () => {
  test("locks after five wrong tries, even for the right one", async () => {
    const { email, ...person } = stranger();
    await control.anonymous(api.signUp, { email, ...person });
    const code = await lastCode(email);
    for (let n = 0; n < 5; n++) {
      const wrong = control.anonymous(api.verifyEmail, { email, code: other(code), password });
      assert.equal(await codeOfRefusal(wrong), "accounts.wrong_code");
    }
    const right = control.anonymous(api.verifyEmail, { email, code, password });
    assert.equal(await codeOfRefusal(right), "accounts.wrong_code");
  });

  for (const beside of [true, false])
    test(`works ${beside ? "beside" : "after"} four wrong tries, be it code or password that is wrong`, async () => {
      const { email, ...person } = stranger();
      await control.anonymous(api.signUp, { email, ...person });
      const code = await lastCode(email);
      const wrong = { email, code: other(code), password };
      const noise = [wrong, wrong, wrong, { email, code, password: "a wrong password" }];
      const verify = (input: typeof wrong) => control.anonymous(api.verifyEmail, input);
      const four = Promise.allSettled(noise.map(verify));
      if (beside) assert.ok((await verify({ email, code, password })).token);
      assert.deepEqual(new Set((await four).map(({ status }) => status)), new Set(["rejected"]));
      if (!beside) assert.ok((await verify({ email, code, password })).token);
    });

  test("guessed many times at once is tried five times at most", async () => {
    const { email, ...person } = stranger();
    await control.anonymous(api.signUp, { email, ...person });
    const code = await lastCode(email);
    const wrong = { email, code: other(code), password };
    await Promise.allSettled(Array.from({ length: 8 }, () => control.anonymous(api.verifyEmail, wrong)));
    const right = control.anonymous(api.verifyEmail, { email, code, password });
    assert.equal(await codeOfRefusal(right), "accounts.wrong_code");
  });

  test("signs in once, however often it is sent at the same time", async () => {
    const { email, ...person } = stranger();
    await control.anonymous(api.signUp, { email, ...person });
    const code = await lastCode(email);
    const results = await Promise.allSettled(
      Array.from({ length: 6 }, () => control.anonymous(api.verifyEmail, { email, code, password })),
    );
    const made = results.filter((result) => result.status === "fulfilled");
    assert.equal(made.length, 1);
    const accountId = made[0]?.value.account.id as string;
    const sessions = control.database.db.selectFrom("sessions").select("id").where("account_id", "=", accountId);
    assert.equal((await sessions.execute()).length, 1);
    assert.equal((await eventNames(accountId)).filter((name) => name === "accounts.verified").length, 1);
  });

  test("runs out after ten minutes", async () => {
    const { email, ...person } = stranger();
    await control.anonymous(api.signUp, { email, ...person });
    const code = await lastCode(email);
    control.advance(10 * minuteMs);
    const late = control.anonymous(api.verifyEmail, { email, code, password });
    assert.equal(await codeOfRefusal(late), "accounts.wrong_code");
  });
});

describe("signing in", () => {
  test("says the same for an unknown address and a wrong password", async () => {
    const { email } = await member();
    const answers = await Promise.all(
      [email, "nobody@example.com"].map(async (email) => {
        const body = JSON.stringify({ email, password: "wrong password" });
        const headers = { "content-type": "application/json" };
        const reply = await control.send("http://test/api/v1/sessions", { method: "POST", headers, body });
        const { traceId: _, ...problem } = (await reply.json()) as Record<string, unknown>;
        return { problem, cookie: reply.headers.get("set-cookie") };
      }),
    );
    assert.deepEqual(answers[0], answers[1]);
    assert.equal(answers[0]?.problem.code, "accounts.wrong_credentials");
  });

  for (const state of ["suspended", "closed"] as const) {
    test(`is refused for a ${state} account, but only to whoever knows the password; its sessions are dead`, async () => {
      const { email, token, account } = await member();
      await control.database.db.updateTable("accounts").set({ state }).where("id", "=", account.id).execute();
      assert.equal(await codeOfRefusal(signIn({ email, password })), `accounts.${state}`);
      const wrong = control.anonymous(api.signIn, { email, password: "wrong password" });
      assert.equal(await codeOfRefusal(wrong), "accounts.wrong_credentials");
      assert.equal(await codeOfRefusal(control.withToken(token)(api.getMe, {})), "accounts.session_ended");
    });
  }

  test("by a storm of people is bounded: who does not fit is told to come again", async () => {
    const tries = Array.from({ length: 120 }, (_, n) => ({
      email: `storm${n}@example.com`,
      password: "wrong password",
    }));
    const codes = await Promise.all(tries.map((body) => codeOfRefusal(control.anonymous(api.signIn, body))));
    const kinds = Map.groupBy(codes, (code) => code);
    assert.deepEqual([...kinds.keys()].sort(), ["accounts.busy", "accounts.wrong_credentials"]);
    const { email } = await member();
    assert.ok((await signIn({ email, password })).token);
  });
});

describe("a session", () => {
  test("is refused at once when it is revoked, and only its owner can revoke it", async () => {
    const { token, email } = await member();
    const phone = await signIn({ email, password });
    const laptop = control.withToken(token);
    const { items } = await laptop(api.listSessions, {});
    const sessionId = items.find(({ current }) => !current)?.id as string;
    const stranger = await control.as("super_admin");
    assert.equal(await codeOfRefusal(stranger(api.revokeSession, { sessionId })), "accounts.session_not_found");
    await laptop(api.revokeSession, { sessionId });
    assert.equal(await codeOfRefusal(control.withToken(phone.token)(api.getMe, {})), "accounts.session_ended");
    await laptop(api.getMe, {});
  });

  test("ends thirty days after signing in", async () => {
    const { token } = await member();
    control.advance(30 * dayMs - minuteMs);
    await control.withToken(token)(api.getMe, {});
    control.advance(minuteMs);
    assert.equal(await codeOfRefusal(control.withToken(token)(api.getMe, {})), "accounts.session_ended");
  });

  test("in a cookie serves Berth's own pages and no other site", async () => {
    const { email } = await member();
    const signOut = (headers: Record<string, string>) =>
      control.send("http://test/api/v1/me/sign-out", {
        method: "POST",
        headers: { "content-type": "application/json", host: "berth.example", ...headers },
        body: "{}",
      });
    const reply = await control.send("http://test/api/v1/sessions", {
      method: "POST",
      headers: { "content-type": "application/json", host: "berth.example", origin: "https://berth.example" },
      body: JSON.stringify({ email, password }),
    });
    const set = reply.headers.get("set-cookie") as string;
    assert.match(set, /^__Host-berth=\S+; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Lax; Secure$/);
    const cookie = set.split(";")[0] as string;

    for (const headers of [
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site", origin: "https://berth.example" },
      { origin: "https://evil.example" },
      { origin: "null" },
      {},
    ]) {
      const refused = await signOut({ cookie, ...headers } as Record<string, string>);
      assert.equal(refused.status, 403, JSON.stringify(headers));
      assert.equal(((await refused.json()) as { code: string }).code, "http.cross_site");
    }
    const me = await control.send("http://test/api/v1/me", { headers: { cookie, "sec-fetch-site": "cross-site" } });
    assert.equal(me.status, 200);
    const out = await signOut({ cookie, origin: "https://berth.example" });
    assert.equal(out.status, 200);
    assert.match(out.headers.get("set-cookie") ?? "", /^__Host-berth=; Max-Age=0;/);
    assert.equal((await control.send("http://test/api/v1/me", { headers: { cookie } })).status, 401);
  });

  test("in a dead cookie keeps nobody from signing in again", async () => {
    const { email } = await member();
    const reply = await control.send("http://test/api/v1/sessions", {
      method: "POST",
      headers: { "content-type": "application/json", "sec-fetch-site": "same-origin", cookie: "berth=gone" },
      body: JSON.stringify({ email, password }),
    });
    assert.equal(reply.status, 200);
    assert.match(
      reply.headers.get("set-cookie") ?? "",
      /^berth=\S+; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Lax$/,
    );
  });
});

describe("the list of accounts", () => {
  test("is for staff, goes page by page and finds begins of names and whole addresses as they are typed", async () => {
    const admin = await control.as("admin");
    const { username, email, token } = await member();
    assert.equal(await codeOfRefusal(control.withToken(token)(api.listAccounts, {})), "accounts.not_permitted");
    for (const q of [email.toUpperCase(), username, ` ${username.toUpperCase()} `]) {
      const found = await admin(api.listAccounts, { q, sort: "username" });
      assert.equal(found.items[0]?.username, username, q);
    }
    for (const q of ["%", "_", email.slice(0, -4)]) {
      assert.deepEqual((await admin(api.listAccounts, { q })).items, [], q);
    }
    const page = await admin(api.listAccounts, { limit: 2 });
    const next = await admin(api.listAccounts, { limit: 2, after: page.next ?? "" });
    assert.equal(new Set([...page.items, ...next.items].map(({ id }) => id)).size, 4);
  });
});

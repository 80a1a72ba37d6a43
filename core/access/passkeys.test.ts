import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { accounts, access as api, type Call } from "@berth/api";
import { minuteMs } from "@berth/kit";
import { type Asked, Authenticator } from "../../tests/support/authenticator.ts";
import { type TestControl, testControl } from "../../tests/support/control.ts";
import { newMember } from "../../tests/support/members.ts";
import { refusalOf } from "../../tests/support/refusal.ts";

const origin = "http://test";
let control: TestControl;

before(async () => {
  control = await testControl();
});
after(() => control.close());

async function register(call: Call, passkey: Authenticator, name = "laptop") {
  const { options } = await call(api.askNewPasskey, {});
  return call(api.addPasskey, { name, attestation: passkey.make(options as unknown as Asked) });
}

/** A member with a passkey and no authenticator app. */
async function newHolder(key = new Authenticator(origin)) {
  const member = await newMember(control);
  const { recoveryCodes } = await register(member.call, key);
  return { ...member, key, recoveryCodes };
}

async function byPasskey(passkey: Authenticator, call: Call = control.anonymous) {
  const { ticket, options } = await call(api.askPasskey, {});
  return call(api.signInByPasskey, { ticket, assertion: passkey.sign(options as unknown as Asked) });
}

async function secondChallenge(ticket: string) {
  return (await control.anonymous(api.askSecondPasskey, { ticket })).options as unknown as Asked;
}

const complete = (ticket: string, assertion: ReturnType<Authenticator["sign"]>) =>
  control.anonymous(api.completeSignIn, { ticket, proof: { way: "passkey", assertion } });

describe("a passkey", () => {
  test("is registered with recovery codes, listed, renamed and removed", async () => {
    const { call, recoveryCodes, ...member } = await newHolder();
    assert.equal(recoveryCodes.length, 10);
    const second = await register(call, new Authenticator(origin), "telephone");
    assert.deepEqual(second.recoveryCodes, [], "there are some already");
    const { id: passkeyId } = second.passkey;
    assert.equal((await call(api.renamePasskey, { passkeyId, name: "phone" })).name, "phone");
    const { passkeys } = await call(api.getFactors, {});
    assert.deepEqual(
      passkeys.map(({ name }) => name),
      ["laptop", "phone"],
    );
    const stranger = await newMember(control);
    assert.equal(await refusalOf(stranger.call(api.removePasskey, { passkeyId })), "404 access.passkey_not_found");
    const rename = stranger.call(api.renamePasskey, { passkeyId, name: "mine" });
    assert.equal(await refusalOf(rename), "404 access.passkey_not_found");
    for (const { id } of passkeys) await call(api.removePasskey, { passkeyId: id });
    assert.equal((await call(api.getFactors, {})).recoveryCodesLeft, 0);
    assert.ok("token" in (await member.signIn()));
  });

  test("belongs to one account", async () => {
    const { key } = await newHolder();
    const stranger = await newMember(control);
    assert.equal(await refusalOf(register(stranger.call, key)), "403 access.wrong_factor");
  });

  test("is made for a challenge of this very session, once, within five minutes", async () => {
    const member = await newMember(control);
    const passkey = new Authenticator(origin);
    const ask = async (call: Call) => (await call(api.askNewPasskey, {})).options as unknown as Asked;
    const add = (call: Call, asked: Asked) => call(api.addPasskey, { name: "x", attestation: passkey.make(asked) });
    const foreign = await ask((await newMember(control)).call);
    assert.equal(await refusalOf(add(member.call, foreign)), "403 access.wrong_factor");
    const late = await ask(member.call);
    control.advance(5 * minuteMs);
    assert.equal(await refusalOf(add(member.call, late)), "403 access.wrong_factor");
    const { token } = (await member.signIn()) as { token: string };
    const call = control.withToken(token);
    const asked = await ask(call);
    await add(call, asked);
    assert.equal(await refusalOf(add(call, asked)), "403 access.wrong_factor");
  });
});

describe("a passkey as second factor", () => {
  test("completes a sign-in, with or without a fingerprint", async () => {
    const { key, ...member } = await newHolder();
    for (const verifiesUser of [true, false]) {
      key.verifiesUser = verifiesUser;
      const answer = await member.signIn();
      assert.ok("needs" in answer);
      assert.deepEqual(answer.needs, ["recovery", "passkey"]);
      const { account } = await complete(answer.ticket, key.sign(await secondChallenge(answer.ticket)));
      assert.equal(account.id, member.accountId);
    }
  });

  test("answers a challenge once: the same answer opens neither this ticket nor another", async () => {
    const key = new Authenticator(origin);
    key.counter = 0;
    const member = await newHolder(key);
    const [one, two] = [await member.ticketOf(), await member.ticketOf()];
    const assertion = key.sign(await secondChallenge(one));
    await secondChallenge(two);
    assert.equal(await refusalOf(complete(two, assertion)), "403 access.wrong_factor");
    const tries = await Promise.allSettled(Array.from({ length: 8 }, () => complete(one, assertion)));
    assert.equal(tries.filter(({ status }) => status === "fulfilled").length, 1);
    const three = await member.ticketOf();
    await secondChallenge(three);
    assert.equal(await refusalOf(complete(three, assertion)), "403 access.wrong_factor");
    assert.equal(await refusalOf(secondChallenge(one)), "401 access.ticket_ended");
  });

  test("is refused when it answers wrongly, and its challenge is spent by that", async () => {
    const { key, ...member } = await newHolder();
    const ticket = await member.ticketOf();
    const asked = await secondChallenge(ticket);
    const good = key.sign(asked);
    const bad = { ...good, response: { ...good.response, signature: key.sign(asked).response.signature } };
    assert.equal(await refusalOf(complete(ticket, bad)), "403 access.wrong_factor");
    assert.equal(await refusalOf(complete(ticket, good)), "403 access.wrong_factor");
  });

  test("of another account is refused", async () => {
    const [member, stranger] = [await newHolder(), await newHolder()];
    const ticket = await member.ticketOf();
    const assertion = stranger.key.sign(await secondChallenge(ticket));
    assert.equal(await refusalOf(complete(ticket, assertion)), "403 access.wrong_factor");
  });
});

describe("an answer of a passkey", () => {
  test("is refused from a page of another site", async () => {
    const fake = new Authenticator("https://evil.example");
    assert.equal(await refusalOf(register((await newMember(control)).call, fake)), "403 access.wrong_factor");
    const { key, ...member } = await newHolder();
    const ticket = await member.ticketOf();
    key.origin = "https://evil.example";
    const relayed = complete(ticket, key.sign(await secondChallenge(ticket)));
    assert.equal(await refusalOf(relayed), "403 access.wrong_factor");
    key.origin = origin;
    const wrongSite = complete(ticket, key.sign({ ...(await secondChallenge(ticket)), rpId: "evil.example" }));
    assert.equal(await refusalOf(wrongSite), "403 access.wrong_factor");
  });

  test("is asked for the configured site, whatever the request's Host says", async () => {
    const member = await newHolder();
    const ticket = await member.ticketOf();
    const reply = await control.send("http://test/api/v1/sessions/second/passkey", {
      method: "POST",
      headers: { "content-type": "application/json", host: "evil.example" },
      body: JSON.stringify({ ticket }),
    });
    const { options } = (await reply.json()) as { options: Asked };
    assert.equal(options.rpId, "test");
    member.key.origin = "http://evil.example";
    const body = {
      ticket,
      proof: { way: "passkey", assertion: member.key.sign({ ...options, rpId: "evil.example" }) },
    };
    const refused = await control.send("http://test/api/v1/sessions/second", {
      method: "POST",
      headers: { "content-type": "application/json", host: "evil.example" },
      body: JSON.stringify(body),
    });
    assert.equal(refused.status, 403);
  });

  test("whose counter does not grow is refused, and that is noted: there is a copy of it", async () => {
    const { key, ...member } = await newHolder();
    const sign = async () => {
      const ticket = await member.ticketOf();
      return complete(ticket, key.sign(await secondChallenge(ticket)));
    };
    await sign();
    key.counter -= 1;
    assert.equal(await refusalOf(sign()), "403 access.wrong_factor");
    const { db } = control.database;
    const noted = await db
      .selectFrom("events")
      .select("id")
      .where("account_id", "=", member.accountId)
      .where("name", "=", "access.passkey_counter_regressed")
      .execute();
    assert.equal(noted.length, 1);
    key.counter += 5;
    assert.ok((await sign()).token);
  });
});

describe("a passkey alone", () => {
  test("signs in when it verified its user, and only then", async () => {
    const { accountId, key } = await newHolder();
    const { token, account } = await byPasskey(key);
    assert.equal(account.id, accountId);
    await control.withToken(token)(accounts.getMe, {});
    key.verifiesUser = false;
    assert.equal(await refusalOf(byPasskey(key)), "403 access.wrong_factor");
  });

  test("that nobody registered signs in nobody", async () => {
    assert.equal(await refusalOf(byPasskey(new Authenticator(origin))), "403 access.wrong_factor");
  });

  test("of a suspended account is told so, having shown that it is the account's", async () => {
    const { accountId, key } = await newHolder();
    const { db } = control.database;
    await db.updateTable("accounts").set({ state: "suspended" }).where("id", "=", accountId).execute();
    assert.equal(await refusalOf(byPasskey(key)), "403 accounts.suspended");
  });

  test("answers at the address that was asked, within five minutes, once", async () => {
    const key = (await newHolder()).key;
    key.counter = 100;
    const elsewhere = (await control.as("customer")).from("203.0.113.9");
    const attempt = async (call: Call, waitMs = 0) => {
      const { ticket, options } = await control.anonymous(api.askPasskey, {});
      control.advance(waitMs);
      const input = { ticket, assertion: key.sign(options as unknown as Asked) };
      return { input, result: call(api.signInByPasskey, input) };
    };
    assert.equal(await refusalOf((await attempt(elsewhere)).result), "403 access.wrong_factor");
    assert.equal(await refusalOf((await attempt(control.anonymous, 5 * minuteMs)).result), "403 access.wrong_factor");
    const { input, result } = await attempt(control.anonymous);
    await result;
    assert.equal(await refusalOf(control.anonymous(api.signInByPasskey, input)), "403 access.wrong_factor");
  });
});

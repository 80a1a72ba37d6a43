import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { accounts as api } from "@berth/api";
import { dayMs } from "@berth/kit";
import { type TestControl, testControl } from "../../tests/support/control.ts";
import { mailsTo } from "../../tests/support/mails.ts";
import { memberPassword, newMember } from "../../tests/support/members.ts";
import { refusalOf } from "../../tests/support/refusal.ts";
import { agentOf, placeOf } from "./place.ts";

let control: TestControl;

before(async () => {
  control = await testControl();
});
after(() => control.close());

const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";

describe("a place", () => {
  for (const [address, place] of [
    ["203.0.113.77", "203.0.113.0/24"],
    ["::ffff:203.0.113.77", "203.0.113.0/24"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:0DB8:0001::6", "2001:db8:1:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ] as const) {
    test(`of ${address} is ${place}`, () => assert.equal(placeOf(address), place));
  }

  for (const [userAgent, agent] of [
    [firefox, "Firefox"],
    [chrome, "Chrome"],
    [`${chrome} Edg/140.0`, "Edge"],
    ["Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18 Safari/605.1.15", "Safari"],
    ["curl/8.15.0", "curl"],
    ["<script>", "unknown"],
    [undefined, "unknown"],
  ] as const) {
    test(`has ${agent} for ${userAgent?.slice(-24)}`, () => assert.equal(agentOf(userAgent), agent));
  }
});

describe("signing in", () => {
  const signIn = async (email: string, userAgent: string) => {
    const reply = await control.send("http://test/api/v1/sessions", {
      method: "POST",
      headers: { "content-type": "application/json", "user-agent": userAgent },
      body: JSON.stringify({ email, password: memberPassword }),
    });
    assert.equal(reply.status, 200);
  };
  const noticesTo = async (email: string) => {
    return (await mailsTo(control, email)).filter(({ kind }) => kind === "accounts.new_place");
  };

  test("from a new place is told by mail, once for the place, and again when 90 days have passed", async () => {
    const { email, accountId } = await newMember(control);
    await signIn(email, firefox);
    const [first] = await noticesTo(email);
    assert.match(first?.body ?? "", /addresses 127\.0\.0\.0\/24, with Firefox/);
    await signIn(email, firefox);
    assert.equal((await noticesTo(email)).length, 1);
    await Promise.all([signIn(email, chrome), signIn(email, chrome), signIn(email, chrome)]);
    assert.equal((await noticesTo(email)).length, 2);
    control.advance(89 * dayMs);
    await signIn(email, firefox);
    assert.equal((await noticesTo(email)).length, 2);
    control.advance(2 * dayMs);
    await signIn(email, firefox);
    assert.equal((await noticesTo(email)).length, 2, "seen two days ago");
    await signIn(email, chrome);
    assert.equal((await noticesTo(email)).length, 3);
    const { db } = control.database;
    const events = await db.selectFrom("events").selectAll().where("account_id", "=", accountId).execute();
    assert.equal(events.filter(({ name }) => name === "accounts.signed_in_from_new_place").length, 3);
    assert.ok(!JSON.stringify(events.map(({ data }) => data)).includes("127.0.0"), "no address in events");
  });

  test("for the first time is no news to who just signed up", async () => {
    const { email } = await newMember(control);
    assert.equal((await noticesTo(email)).length, 0);
  });

  test("is in the account's history, for itself and for staff, page by page", async () => {
    const { email, accountId, call } = await newMember(control);
    await signIn(email, firefox);
    control.advance(1_000);
    await signIn(email, chrome);
    const { items } = await call(api.listMySignIns, {});
    assert.deepEqual(
      items.map(({ agent, place, ways, isNewPlace }) => [agent, place, ways.join("+"), isNewPlace]),
      [
        ["Chrome", "127.0.0.0/24", "password", true],
        ["Firefox", "127.0.0.0/24", "password", true],
        [items[2]?.agent, "127.0.0.0/24", "password+code", true],
      ],
    );
    const id = accountId as `account_${string}`;
    const admin = await control.as("admin");
    const page = await admin(api.listSignIns, { accountId: id, limit: 2 });
    const rest = await admin(api.listSignIns, { accountId: id, limit: 2, after: page.next ?? "" });
    assert.deepEqual([...page.items, ...rest.items], items);
    assert.equal(rest.next, null);
    const stranger = await newMember(control);
    assert.equal(await refusalOf(stranger.call(api.listSignIns, { accountId: id })), "403 accounts.not_permitted");
    assert.equal((await stranger.call(api.listMySignIns, {})).items.length, 1);
  });
});

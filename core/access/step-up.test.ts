import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { accounts, access as api, type Call, customRoles, fleet, keys, type Role, staff } from "@berth/api";
import { minuteMs } from "@berth/kit";
import { type Asked, Authenticator } from "../../tests/support/authenticator.ts";
import { type TestControl, testControl } from "../../tests/support/control.ts";
import { memberPassword, newAppHolder, newMember } from "../../tests/support/members.ts";
import { problemOf, refusalOf } from "../../tests/support/refusal.ts";

let control: TestControl;

before(async () => {
  control = await testControl();
});
after(() => control.close());

const byPassword = { way: "password", password: memberPassword } as const;

/** Routes that can do harm, each with an input that its schema takes. */
const dangerous: readonly ((call: Call) => Promise<unknown>)[] = [
  (call) => call(fleet.createJoinToken, {}),
  (call) => call(fleet.rotateAuthority, {}),
  (call) => call(fleet.retireAuthority, { authorityId: `authority_${"0".repeat(26)}` }),
  (call) => call(fleet.revokeNode, { nodeId: `node_${"0".repeat(26)}`, reason: "stolen" }),
  (call) => call(api.enrolTotp, {}),
  (call) => call(api.removeTotp, {}),
  (call) => call(api.renewRecoveryCodes, {}),
  (call) => call(api.askNewPasskey, {}),
  (call) => call(api.removePasskey, { passkeyId: `passkey_${"0".repeat(26)}` }),
  (call) => call(customRoles.deleteRole, { roleId: `role_${"0".repeat(26)}` }),
  (call) => call(staff.assignRole, { accountId: `account_${"0".repeat(26)}`, role: "admin" }),
  (call) => call(keys.createKey, { name: "key", scopes: ["leases.read"], days: 1 }),
  (call) => call(api.setPolicy, { role: "distributor", requireSecondFactor: false }),
];

describe("a dangerous route", () => {
  test("is open for five minutes after signing in, and then asks for a proof", async () => {
    const admin = await newMember(control, "super_admin");
    control.advance(5 * minuteMs - 10_000);
    assert.ok((await admin.call(fleet.createJoinToken, {})).token);
    control.advance(10_000);
    for (const call of dangerous) {
      const problem = await problemOf(call(admin.call));
      assert.equal(problem.code, "accounts.step_up");
      assert.deepEqual(problem.ways, ["password"]);
    }
    await admin.call(accounts.getMe, {});
    const { provenUntil } = await admin.call(api.stepUp, { proof: byPassword });
    assert.ok(Date.parse(provenUntil) > control.ctx.now().getTime() + 4 * minuteMs);
    assert.ok((await admin.call(fleet.createJoinToken, {})).token);
  });

  test("asks each session by itself", async () => {
    const admin = await newMember(control, "super_admin");
    control.advance(5 * minuteMs);
    const { token } = (await admin.signIn()) as { token: string };
    assert.ok((await control.withToken(token)(fleet.createJoinToken, {})).token);
    assert.equal(await refusalOf(admin.call(fleet.createJoinToken, {})), "403 accounts.step_up");
  });

  test("asks nobody who may not call it for a proof", async () => {
    const customer = await newMember(control);
    control.advance(5 * minuteMs);
    assert.equal(await refusalOf(customer.call(fleet.createJoinToken, {})), "403 accounts.not_permitted");
  });
});

describe("a proof", () => {
  test("by password is refused when it is wrong, and once there is a second factor", async () => {
    const holder = await newAppHolder(control, "super_admin");
    control.advance(5 * minuteMs);
    const problem = await problemOf(holder.call(fleet.createJoinToken, {}));
    assert.deepEqual(problem.ways, ["totp", "recovery"]);
    assert.equal(await refusalOf(holder.call(api.stepUp, { proof: byPassword })), "403 access.wrong_factor");
    await holder.call(api.stepUp, { proof: { way: "totp", code: holder.code() } });
    assert.ok((await holder.call(fleet.createJoinToken, {})).token);

    const member = await newMember(control, "super_admin");
    control.advance(5 * minuteMs);
    const wrong = member.call(api.stepUp, { proof: { way: "password", password: "not my password" } });
    assert.equal(await refusalOf(wrong), "403 access.wrong_factor");
    assert.equal(await refusalOf(member.call(fleet.createJoinToken, {})), "403 accounts.step_up");
  });

  test("by passkey answers this session's own challenge", async () => {
    const member = await newMember(control, "super_admin");
    const key = new Authenticator("http://test");
    const { options } = await member.call(api.askNewPasskey, {});
    await member.call(api.addPasskey, { name: "key", attestation: key.make(options as unknown as Asked) });
    const ticket = await member.ticketOf();
    const elsewhere = await control.anonymous(api.askSecondPasskey, { ticket });
    control.advance(5 * minuteMs);
    const prove = (asked: unknown) =>
      member.call(api.stepUp, { proof: { way: "passkey", assertion: key.sign(asked as Asked) } });
    await member.call(api.askStepUpPasskey, {});
    assert.equal(await refusalOf(prove(elsewhere.options)), "403 access.wrong_factor");
    const asked = await control.anonymous(api.askPasskey, {});
    const assertion = key.sign(asked.options as unknown as Asked);
    const second = await control.anonymous(api.signInByPasskey, { ticket: asked.ticket, assertion });
    const another = control.withToken(second.token);
    await member.call(api.askStepUpPasskey, {});
    const { options: foreign } = await another(api.askStepUpPasskey, {});
    assert.equal(await refusalOf(prove(foreign)), "403 access.wrong_factor", "of another session");
    await prove((await member.call(api.askStepUpPasskey, {})).options);
    const { options: registration } = await member.call(api.askNewPasskey, {});
    assert.equal(await refusalOf(prove(registration)), "403 access.wrong_factor", "for another purpose");
    assert.ok((await member.call(fleet.createJoinToken, {})).token);
  });

  test("can't be rehearsed: a right one would leave no trace", async () => {
    const { token } = await control.as("customer");
    const post = (path: string, body: object) =>
      control.send(`http://test/api/v1${path}?dryRun=true`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
        body: JSON.stringify(body),
      });
    const { email } = await newMember(control);
    assert.equal((await post("/me/step-up", { proof: byPassword })).status, 400);
    assert.equal((await post("/sessions", { email, password: memberPassword })).status, 400);
  });
});

describe("a role's policy", () => {
  const setPolicy = async (role: Role, requireSecondFactor: boolean) =>
    (await control.as("super_admin"))(api.setPolicy, { role, requireSecondFactor });
  after(() => setPolicy("distributor", false));

  test("leaves who lacks a second factor nothing but to enrol one, in open sessions too", async () => {
    const member = await newMember(control, "distributor");
    const [other, holder] = [await newMember(control), await newAppHolder(control, "distributor")];
    await member.call(accounts.listMySignIns, {});
    await setPolicy("distributor", true);
    assert.equal(await refusalOf(member.call(fleet.createJoinToken, {})), "403 accounts.not_permitted");
    const blocked = control.send("http://test/api/v1/leases", {
      headers: { authorization: `Bearer ${((await member.signIn()) as { token: string }).token}` },
    });
    assert.equal(((await (await blocked).json()) as { code: string }).code, "access.enrol_second_factor");
    await other.call(accounts.getMe, {});
    await holder.call(api.renewRecoveryCodes, {});

    assert.equal((await member.call(accounts.getMe, {})).id, member.accountId);
    assert.equal((await member.call(api.getFactors, {})).isRequired, true);
    assert.equal(await refusalOf(member.call(api.renewRecoveryCodes, {})), "403 access.enrol_second_factor");
    const key = new Authenticator("http://test");
    const { options } = await member.call(api.askNewPasskey, {});
    await member.call(api.addPasskey, { name: "key", attestation: key.make(options as unknown as Asked) });
    assert.equal((await member.call(api.renewRecoveryCodes, {})).recoveryCodes.length, 10);
  });

  test("is set by super admins, listed and audited", async () => {
    const admin = await control.as("admin");
    const policy = { role: "customer", requireSecondFactor: false } as const;
    assert.equal(await refusalOf(admin(api.setPolicy, policy)), "403 accounts.not_permitted");
    await setPolicy("distributor", true);
    const { items } = await admin(api.listPolicies, {});
    assert.deepEqual(
      items.map(({ requireSecondFactor }) => requireSecondFactor),
      [false, false, true, false],
    );
    const { db } = control.database;
    const events = await db.selectFrom("events").select("data").where("name", "=", "access.policy_set").execute();
    assert.deepEqual(events.at(-1)?.data, { role: "distributor", requireSecondFactor: true });
  });
});

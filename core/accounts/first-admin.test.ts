import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { accounts as api } from "@berth/api";
import { type TestControl, testControl } from "../../tests/support/control.ts";
import { signInTo } from "../../tests/support/sign-in.ts";
import { ensureFirstAdmin } from "./index.ts";

const publicUrl = "https://berth.example";
const admin = { username: "Captain", email: "captain@example.com", password: "a long enough password" };
let control: TestControl;

before(async () => {
  control = await testControl();
});
after(() => control.close());
afterEach(async () => {
  await control.database.db.deleteFrom("accounts").execute();
});

async function printedSecret(): Promise<string> {
  const link = await ensureFirstAdmin(control.ctx, { publicUrl });
  assert.match(link ?? "", /^https:\/\/berth\.example\/first#[0-9a-z]{32}$/);
  return link?.split("#")[1] as string;
}

const refusal = (code: string) => (error: { problem?: { code: string } }) => error.problem?.code === code;

describe("the link for the first super admin", () => {
  test("is the same at every start until it is used, and gone then", async () => {
    const link = await printedSecret();
    assert.equal(await printedSecret(), link);
    await assert.rejects(
      control.anonymous(api.claimInstallation, { ...admin, link: "x".repeat(32) }),
      refusal("accounts.wrong_link"),
    );
    const { account, token } = await control.anonymous(api.claimInstallation, { ...admin, link });
    assert.deepEqual([account.role, account.state], ["super_admin", "active"]);
    assert.equal((await control.withToken(token)(api.getMe, {})).id, account.id);
    assert.equal(await ensureFirstAdmin(control.ctx, { publicUrl }), undefined);
    await assert.rejects(
      control.anonymous(api.claimInstallation, { ...admin, email: "second@example.com", link }),
      refusal("accounts.wrong_link"),
    );
  });

  test("makes one admin, however many use it at the same time", async () => {
    const link = await printedSecret();
    const claims = await Promise.allSettled(
      Array.from({ length: 6 }, (_, n) =>
        control.anonymous(api.claimInstallation, {
          ...admin,
          username: `Captain${n}`,
          email: `c${n}@example.com`,
          link,
        }),
      ),
    );
    assert.equal(claims.filter(({ status }) => status === "fulfilled").length, 1);
    const accounts = await control.database.db.selectFrom("accounts").select(["role"]).execute();
    assert.deepEqual(accounts, [{ role: "super_admin" }]);
  });

  test("stays good when using it fails, and takes over a sign-up that nobody confirmed", async () => {
    const link = await printedSecret();
    const staff = await control.as("customer");
    const { email, username } = await staff(api.getMe, {});
    await assert.rejects(
      control.anonymous(api.claimInstallation, { ...admin, email, link }),
      refusal("accounts.email_taken"),
    );
    const claim = { ...admin, username: username.toUpperCase(), link };
    await assert.rejects(control.anonymous(api.claimInstallation, claim), refusal("accounts.username_taken"));
    await control.anonymous(api.signUp, { ...admin, password: "somebody else's one" });
    const { account } = await control.anonymous(api.claimInstallation, { ...admin, link });
    assert.equal(account.role, "super_admin");
    assert.equal((await signInTo(control.anonymous, admin)).account.id, account.id);
  });

  test("is not needed when address and password are set, at two starts at once", async () => {
    const starts = [0, 1].map(() =>
      ensureFirstAdmin(control.ctx, { email: admin.email, password: admin.password, publicUrl }),
    );
    assert.deepEqual(await Promise.all(starts), [undefined, undefined]);
    const { account } = await signInTo(control.anonymous, admin);
    assert.deepEqual([account.username, account.role], ["admin", "super_admin"]);
  });
});

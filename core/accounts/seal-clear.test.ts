import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accounts as api, staff } from "@berth/api";
import { type TestControl, testControl } from "../../tests/support/control.ts";
import { mailsTo } from "../../tests/support/mails.ts";
import { type Member, memberPassword, newMember } from "../../tests/support/members.ts";
import { sealClearAccounts } from "./seal-clear.ts";

let control: TestControl;

before(async () => {
  control = await testControl();
});
after(() => control.close());

const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

async function signIn({ email }: Member): Promise<number> {
  const { status } = await control.send("http://test/api/v1/sessions", {
    method: "POST",
    headers: { "content-type": "application/json", "user-agent": firefox },
    body: JSON.stringify({ email, password: memberPassword }),
  });
  return status;
}

/** Puts an account back to how it was written when addresses were readable. */
async function unseal({ accountId, email }: Member): Promise<void> {
  const { pool } = control.database;
  await pool.query("update accounts set email = null, email_index = null, clear_email = $2 where id = $1", [
    accountId,
    email,
  ]);
  await pool.query(
    `update sign_ins set client = null, clear_address = '127.0.0.1', clear_place = '127.0.0.0/24', clear_agent = 'Firefox'
     where account_id = $1`,
    [accountId],
  );
  await pool.query("delete from sign_in_places where account_id = $1", [accountId]);
}

test("what was written when addresses were readable is sealed, found and remembered, however many starts do it at once", async () => {
  const members = [await newMember(control), await newMember(control), await newMember(control)];
  for (const member of members) {
    assert.equal(await signIn(member), 200);
    await unseal(member);
  }
  const [member] = members as [Member];
  await Promise.all([sealClearAccounts(control.ctx), sealClearAccounts(control.ctx)]);
  await sealClearAccounts(control.ctx);

  const { rows } = await control.database.pool.query(
    "select * from accounts a left join sign_ins s on s.account_id = a.id where clear_email is not null or clear_address is not null",
  );
  assert.deepEqual(rows, []);
  const admin = await control.as("admin");
  const accountId = member.accountId as `account_${string}`;
  assert.equal((await admin(staff.getAccount, { accountId })).email, member.email);
  const told = (await mailsTo(control, member.email)).length;
  assert.equal(await signIn(member), 200);
  assert.equal((await mailsTo(control, member.email)).length, told, "the place is known as before");
  const { items } = await admin(api.listSignIns, { accountId });
  assert.deepEqual(new Set(items.map(({ address, agent }) => `${address} ${agent}`)), new Set(["127.0.0.1 Firefox"]));
});

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ApiError, notices as api, customRoles, type Permission, staff } from "@berth/api";
import { dayMs, minuteMs } from "@berth/kit";
import { type TestControl, testControl } from "../../tests/support/control.ts";
import { type MailServer, startMailServer } from "../../tests/support/mail-server.ts";
import { mailsTo, type TestMail } from "../../tests/support/mails.ts";
import { nextTestPort } from "../../tests/support/ports.ts";
import { refusalOf } from "../../tests/support/refusal.ts";
import { transaction } from "../platform/context.ts";
import { recipientOf } from "./content.ts";
import { noticeJobs, noticeSweeps, sealClearMails, sendMail } from "./index.ts";
import { mostAttempts, type NewMail } from "./mail.ts";

let control: TestControl;
let mailServer: MailServer;
let count = 0;

before(async () => {
  control = await testControl();
  mailServer = await startMailServer();
});
after(async () => {
  await mailServer.close();
  await control.close();
});

const content = {
  kind: "test.hello",
  subject: "Grüße 你好",
  body: "Your code is 123456.\n.\nA line with a dot alone.\n",
};

/** A mail in the outbox, to somebody who got none before. */
async function waitingMail(more: Partial<NewMail> = {}): Promise<string> {
  const address = more.address ?? `reader${++count}@example.com`;
  await sendMail(control.ctx, { ...content, ...more, address });
  return address;
}

const codeFor = (minutes: number) => ({
  text: "123456",
  goodUntil: new Date(control.ctx.now().getTime() + minutes * minuteMs),
});

async function only(address: string): Promise<TestMail> {
  const [mail, ...others] = await mailsTo(control, address);
  assert.ok(mail && others.length === 0);
  return mail;
}

/** Runs an address's job as the runner would. */
function deliver(address: string, smtpUrl?: string): Promise<unknown> {
  const [job] = noticeJobs(smtpUrl ? { smtpUrl, from: "berth@example.org" } : undefined);
  const recipient = recipientOf(control.ctx, address).toString("hex");
  return job?.handle(control.ctx, { recipient } as never) ?? Promise.reject(new Error("no job"));
}

async function sweep(name: string): Promise<void> {
  await noticeSweeps.find((one) => one.name === name)?.run(control.ctx);
}

async function queued(address: string): Promise<boolean> {
  const key = `mails:${recipientOf(control.ctx, address).toString("hex")}`;
  const { rows } = await control.database.pool.query("select 1 from graphile_worker.jobs where key = $1", [key]);
  return rows.length > 0;
}

async function unqueue(): Promise<void> {
  await control.database.pool.query("select graphile_worker.remove_job(key) from graphile_worker.jobs");
}

describe("a mail", () => {
  test("and its job are there exactly when the change it tells of is", async () => {
    const address = "rolled-back@example.com";
    const failing = transaction(control.ctx, async (ctx) => {
      await sendMail(ctx, { ...content, address });
      throw new Error("undone");
    });
    await assert.rejects(failing, /undone/);
    assert.deepEqual(await mailsTo(control, address), []);
    assert.equal(await queued(address), false);
    assert.equal(await queued(await waitingMail()), true);
  });

  test("lies sealed, and can't be given to another row", async () => {
    const [one, two] = [await waitingMail(), await waitingMail()];
    const { rows } = await control.database.pool.query("select * from mails");
    const text = JSON.stringify(rows.map((row) => ({ ...row, content: row.content?.toString("latin1") })));
    for (const secret of [one, two, content.subject, "123456"]) assert.ok(!text.includes(secret), secret);
    await control.database.pool.query("update mails set content = $1 where recipient = $2", [
      rows.find(({ recipient }) => recipient.equals(recipientOf(control.ctx, one))).content,
      recipientOf(control.ctx, two),
    ]);
    await assert.rejects(mailsTo(control, two), /unable to authenticate/);
    await control.database.pool.query("delete from mails where recipient = $1", [recipientOf(control.ctx, two)]);
  });

  test("goes out once, however often the job runs, and its body is gone then", async () => {
    const address = await waitingMail({ subject: "123456 is it", code: codeFor(10) });
    await Promise.all([deliver(address, mailServer.url), deliver(address, mailServer.url)]);
    await deliver(address, mailServer.url);
    const mail = await only(address);
    assert.deepEqual(
      [mail.state, mail.subject, mail.body, mail.code, mail.attempts, mail.sent_at instanceof Date],
      ["sent", "······ is it", "", undefined, 1, true],
    );
    const received = mailServer.received.filter(({ to }) => to === `<${address}>`);
    assert.equal(received.length, 1);
    assert.match(received[0]?.text ?? "", new RegExp(`Message-ID: <${mail.id}@example.org>`, "i"));
    assert.match(received[0]?.text ?? "", /Your code is 123456\./);
  });
});

describe("a mail that does not go out", () => {
  test("to a server that is away waits for its next try, and has failed after the last", async () => {
    const address = await waitingMail();
    const nowhere = `smtp://127.0.0.1:${nextTestPort()}`;
    for (let attempt = 1; attempt < mostAttempts; attempt++) {
      await deliver(address, nowhere);
      const mail = await only(address);
      assert.deepEqual([mail.state, mail.attempts], ["waiting", attempt]);
      await deliver(address, nowhere);
      assert.equal((await only(address)).attempts, attempt, "not before its time");
      control.advance((mail.next_try_at?.getTime() ?? 0) - control.ctx.now().getTime());
      await unqueue();
      await sweep("notices.look_again");
      assert.equal(await queued(address), true);
    }
    await deliver(address, nowhere);
    const mail = await only(address);
    assert.deepEqual([mail.state, mail.attempts], ["failed", mostAttempts]);
    assert.match(mail.error ?? "", /ECONNREFUSED/);
    await deliver(address, mailServer.url);
    assert.equal((await only(address)).state, "failed");
  });

  test("because the server put it off goes out at a later try; one that it refuses for good is not tried again", async () => {
    const address = await waitingMail();
    mailServer.answerRecipient("451 later");
    await deliver(address, mailServer.url);
    const mail = await only(address);
    assert.deepEqual([mail.state, mail.claimed_at], ["waiting", null]);
    assert.match(mail.error ?? "", /451 later/);
    mailServer.answerRecipient("250 ok");
    control.advance(minuteMs);
    await deliver(address, mailServer.url);
    assert.equal((await only(address)).state, "sent");

    const refused = await waitingMail();
    mailServer.answerRecipient(`550 5.1.1 <${refused}>: no such person, ask postmaster@example.net`);
    await deliver(refused, mailServer.url);
    mailServer.answerRecipient("250 ok");
    const failed = await only(refused);
    assert.deepEqual([failed.state, failed.attempts], ["failed", 1]);
    assert.match(failed.error ?? "", /550 5\.1\.1 <\(address\)>: no such person, ask \(address\)/);
  });

  test("because its sender died is tried again when it may have left the ten minutes that count", async () => {
    const address = await waitingMail();
    await control.database.pool.query("update mails set state = 'sending', claimed_at = $1 where recipient = $2", [
      control.ctx.now(),
      recipientOf(control.ctx, address),
    ]);
    control.advance(9 * minuteMs);
    await sweep("notices.look_again");
    assert.equal((await only(address)).state, "sending");
    control.advance(minuteMs);
    await sweep("notices.look_again");
    await deliver(address, mailServer.url);
    assert.equal((await only(address)).state, "sent");
  });
});

describe("a code in a mail", () => {
  test("is gone from the outbox when it is out of date; one that still waited is dropped", async () => {
    const kept = await waitingMail({ subject: "123456!", code: codeFor(10) });
    await deliver(kept);
    const waiting = await waitingMail({ code: codeFor(10) });
    control.advance(10 * minuteMs - 1_000);
    await sweep("notices.forget");
    assert.equal((await only(kept)).body, content.body);
    control.advance(1_000);
    await sweep("notices.forget");
    const [first, second] = [await only(kept), await only(waiting)];
    assert.deepEqual([first.state, first.subject, first.body, first.code], ["kept", "······!", "", undefined]);
    assert.deepEqual([second.state, second.body], ["dropped", ""]);
    await deliver(waiting, mailServer.url);
    assert.equal((await only(waiting)).state, "dropped");
  });

  test("is read in the outbox by super admins only: it opens another's account", async () => {
    const address = await waitingMail({ subject: "123456!", code: codeFor(10) });
    await deliver(address);
    const seenBy = async (role: "admin" | "super_admin") => {
      const { items } = await (await control.as(role))(api.listOutbox, { address });
      return items.map(({ subject, body }) => [subject, body]);
    };
    assert.deepEqual(await seenBy("super_admin"), [["123456!", content.body]]);
    assert.deepEqual(await seenBy("admin"), [["······!", ""]]);
  });
});

describe("the outbox", () => {
  test("shows bodies of kept and failed mails, never of waiting or sent ones, and to staff only", async () => {
    const [waiting, kept, sent, failed] = [
      await waitingMail(),
      await waitingMail(),
      await waitingMail(),
      await waitingMail(),
    ];
    await deliver(kept);
    await deliver(sent, mailServer.url);
    mailServer.answerRecipient("550 no");
    await deliver(failed, mailServer.url);
    mailServer.answerRecipient("250 ok");

    const admin = await control.as("admin");
    const seen = async (filter: object) => {
      return (await admin(api.listOutbox, filter)).items.map(({ state, body, address }) => [address, state, body]);
    };
    assert.deepEqual(await seen({ address: waiting.toUpperCase() }), [[waiting, "waiting", ""]]);
    assert.deepEqual(await seen({ address: kept }), [[kept, "kept", content.body]]);
    assert.deepEqual(await seen({ address: sent }), [[sent, "sent", ""]]);
    assert.deepEqual(await seen({ address: failed }), [[failed, "failed", content.body]]);
    assert.deepEqual(await seen({ address: failed, state: "sent" }), []);
    const states = new Set((await admin(api.listOutbox, { state: "failed" })).items.map(({ state }) => state));
    assert.deepEqual([...states], ["failed"]);
    const customer = await control.as("customer");
    await assert.rejects(
      customer(api.listOutbox, {}),
      (error) => error instanceof ApiError && error.problem.status === 403,
    );
  });

  test("masks addresses for a role that need not know them", async () => {
    const address = await waitingMail({ address: "whoever@example.org" });
    const root = await control.as("super_admin");
    const permissions: Permission[] = ["self", "notices.read"];
    const role = await root(customRoles.createRole, { name: "Postmaster", base: "admin", permissions });
    const postmaster = await control.as("customer");
    const accountId = postmaster.accountId as `account_${string}`;
    await root(staff.assignRole, { accountId, role: role.id as `role_${string}` });
    const { items } = await postmaster(api.listOutbox, { address });
    assert.deepEqual(
      items.map((mail) => mail.address),
      ["w***@example.org"],
    );
  });

  test("goes page by page, newest first", async () => {
    const made = [await waitingMail(), await waitingMail(), await waitingMail()];
    const admin = await control.as("admin");
    const first = await admin(api.listOutbox, { limit: 2 });
    const second = await admin(api.listOutbox, { limit: 1, after: first.next ?? "" });
    assert.deepEqual(new Set([...first.items, ...second.items].map(({ address }) => address)), new Set(made));
  });

  test("forgets what is older than it is set to", async () => {
    const [old, waiting] = [await waitingMail(), await waitingMail()];
    await deliver(old, mailServer.url);
    control.advance(89 * dayMs);
    await sweep("notices.forget");
    assert.equal((await mailsTo(control, old)).length, 1);
    control.advance(dayMs);
    await sweep("notices.forget");
    assert.equal((await mailsTo(control, old)).length, 0);
    assert.equal((await mailsTo(control, waiting)).length, 1);
  });
});

describe("a mail of the time when the outbox was readable", () => {
  test("is sealed, and is still sent and found", async () => {
    const address = "clear@example.com";
    await control.database.pool.query(
      `insert into mails (id, clear_address, kind, clear_subject, clear_body, state, created_at)
       values ('mail_clear', $1, 'test.old', 'Subject', 'Body', 'waiting', $2)`,
      [address, control.ctx.now()],
    );
    await Promise.all([sealClearMails(control.ctx), sealClearMails(control.ctx)]);
    const mail = await only(address);
    assert.deepEqual([mail.subject, mail.body, mail.clear_address, mail.clear_body], ["Subject", "Body", null, null]);
    await deliver(address, mailServer.url);
    assert.equal((await only(address)).state, "sent");
  });
});

describe("a failed mail", () => {
  test("is sent again when an operator says so, with all its tries, and nobody else can say it", async () => {
    const address = await waitingMail();
    mailServer.answerRecipient("550 no");
    await deliver(address, mailServer.url);
    mailServer.answerRecipient("250 ok");
    const { id } = await only(address);
    const mailId = id as `mail_${string}`;
    assert.equal(
      await refusalOf((await control.as("customer"))(api.resendMail, { mailId })),
      "403 accounts.not_permitted",
    );
    const admin = await control.as("admin");
    await unqueue();
    const again = await admin(api.resendMail, { mailId });
    assert.deepEqual([again.state, again.attempts, again.error], ["waiting", 0, null]);
    assert.equal(await queued(address), true);
    assert.equal(await refusalOf(admin(api.resendMail, { mailId })), "409 notices.wrong_state");
    await deliver(address, mailServer.url);
    assert.equal((await only(address)).state, "sent");
    assert.equal(await refusalOf(admin(api.resendMail, { mailId })), "409 notices.wrong_state");
  });

  test("with a code that is out of date stays where it is; one for which a newer one waits does, too", async () => {
    const fail = async (more: Partial<NewMail>) => {
      const address = await waitingMail(more);
      mailServer.answerRecipient("550 no");
      await deliver(address, mailServer.url);
      mailServer.answerRecipient("250 ok");
      return { address, mailId: (await mailsTo(control, address)).at(-1)?.id as `mail_${string}` };
    };
    const admin = await control.as("admin");
    const stale = await fail({ code: codeFor(10) });
    control.advance(10 * minuteMs);
    assert.equal(await refusalOf(admin(api.resendMail, { mailId: stale.mailId })), "409 notices.out_of_date");
    const { address, mailId } = await fail({ purpose: "test" });
    await waitingMail({ address, purpose: "test" });
    assert.equal(await refusalOf(admin(api.resendMail, { mailId })), "409 notices.newer_waits");
  });
});

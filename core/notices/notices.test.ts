import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { after, before, describe, test } from "node:test";
import { ApiError, notices as api } from "@berth/api";
import { type TestControl, testControl } from "../../tests/support/control.ts";
import { nextTestPort } from "../../tests/support/ports.ts";
import { transaction } from "../platform/context.ts";
import { noticeJobs, sendMail } from "./index.ts";
import { mostAttempts } from "./mail.ts";

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

/** A mail in the outbox. */
async function waitingMail(): Promise<string> {
  const address = `reader${++count}@example.com`;
  await sendMail(control.ctx, { ...content, address });
  return (await rowOf(address)).id;
}

async function rowOf(idOrAddress: string) {
  const mails = control.database.db.selectFrom("mails").selectAll();
  return mails
    .where((eb) => eb.or([eb("id", "=", idOrAddress), eb("address", "=", idOrAddress)]))
    .executeTakeFirstOrThrow();
}

/** Runs the job as the runner would. */
function deliver(mailId: string, smtpUrl?: string): Promise<unknown> {
  const [job] = noticeJobs(smtpUrl ? { smtpUrl, from: "berth@example.org" } : undefined);
  return job?.handle(control.ctx, { mailId } as never) ?? Promise.reject(new Error("no job"));
}

describe("a mail", () => {
  test("and its job are there exactly when the change it tells of is", async () => {
    const jobs = async () => {
      const { rows } = await control.database.pool.query("select key from graphile_worker.jobs");
      return rows.map(({ key }) => key);
    };
    const address = "rolled-back@example.com";
    const failing = transaction(control.ctx, async (ctx) => {
      await sendMail(ctx, { ...content, address });
      throw new Error("undone");
    });
    await assert.rejects(failing, /undone/);
    await assert.rejects(rowOf(address));
    const before = (await jobs()).length;
    const mailId = await waitingMail();
    const after = await jobs();
    assert.equal(after.length, before + 1);
    assert.ok(after.includes(mailId));
  });

  test("goes out once, however often the job runs, and its body is gone then", async () => {
    const mailId = await waitingMail();
    await deliver(mailId, mailServer.url);
    await deliver(mailId, mailServer.url);
    const row = await rowOf(mailId);
    assert.deepEqual([row.state, row.body, row.attempts, row.sent_at instanceof Date], ["sent", "", 1, true]);
    const received = mailServer.received.filter(({ to }) => to === `<${row.address}>`);
    assert.equal(received.length, 1);
    assert.match(received[0]?.text ?? "", new RegExp(`Message-ID: <${mailId}@example.org>`, "i"));
    assert.match(received[0]?.text ?? "", /Your code is 123456\./);
  });

  test("to a server that is away stays waiting for the next try, and has failed after the last", async () => {
    const mailId = await waitingMail();
    const nowhere = `smtp://127.0.0.1:${nextTestPort()}`;
    for (let attempt = 1; attempt < mostAttempts; attempt++) {
      await assert.rejects(deliver(mailId, nowhere), /ECONNREFUSED/);
      assert.equal((await rowOf(mailId)).state, "waiting");
    }
    await deliver(mailId, nowhere);
    const row = await rowOf(mailId);
    assert.deepEqual([row.state, row.attempts], ["failed", mostAttempts]);
    assert.match(row.error ?? "", /ECONNREFUSED/);
    await deliver(mailId, mailServer.url);
    assert.equal((await rowOf(mailId)).state, "failed");
  });

  test("that the server put off goes out at a later try; one that it refuses for good is not tried again", async () => {
    const mailId = await waitingMail();
    mailServer.answerRecipient("451 later");
    await assert.rejects(deliver(mailId, mailServer.url), /451 later/);
    mailServer.answerRecipient("250 ok");
    await deliver(mailId, mailServer.url);
    assert.equal((await rowOf(mailId)).state, "sent");

    const refused = await waitingMail();
    mailServer.answerRecipient("550 no such person");
    await deliver(refused, mailServer.url);
    mailServer.answerRecipient("250 ok");
    const row = await rowOf(refused);
    assert.deepEqual([row.state, row.attempts], ["failed", 1]);
    assert.match(row.error ?? "", /550 no such person/);
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
    const { items } = await admin(api.listOutbox, { limit: 100 });
    const shown = new Map(items.map(({ id, state, body }) => [id as string, [state, body]]));
    assert.deepEqual(shown.get(waiting), ["waiting", ""]);
    assert.deepEqual(shown.get(kept), ["kept", content.body]);
    assert.deepEqual(shown.get(sent), ["sent", ""]);
    assert.deepEqual(shown.get(failed), ["failed", content.body]);
    const { address } = await rowOf(kept);
    assert.deepEqual(
      (await admin(api.listOutbox, { address })).items.map(({ id }) => id),
      [kept],
    );
    const customer = await control.as("customer");
    await assert.rejects(
      customer(api.listOutbox, {}),
      (error) => error instanceof ApiError && error.problem.status === 403,
    );
  });

  test("goes page by page, newest first", async () => {
    const made = [await waitingMail(), await waitingMail(), await waitingMail()];
    const admin = await control.as("admin");
    const first = await admin(api.listOutbox, { limit: 2 });
    const second = await admin(api.listOutbox, { limit: 1, after: first.next ?? "" });
    const ids = [...first.items, ...second.items].map(({ id }) => id as string);
    assert.deepEqual(new Set(ids), new Set(made));
  });
});

interface MailServer {
  readonly url: string;
  readonly received: { to: string; text: string }[];
  answerRecipient(answer: string): void;
  close(): Promise<void>;
}

/** As much of RFC 5321 as it takes to be sent a mail, in the clear. */
async function startMailServer(): Promise<MailServer> {
  const received: MailServer["received"] = [];
  let answer = "250 ok";
  const server: Server = createServer((socket) => converse(socket, received, () => answer));
  const port = nextTestPort();
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `smtp://127.0.0.1:${port}`,
    received,
    answerRecipient: (next) => {
      answer = next;
    },
    close: async () => {
      server.close();
      await once(server, "close");
    },
  };
}

function converse(socket: Socket, received: MailServer["received"], recipientAnswer: () => string): void {
  let to = "";
  let rest = "";
  const say = (words: string) => void socket.write(`${words}\r\n`);
  const answers: Record<string, () => string> = {
    RCPT: recipientAnswer,
    DATA: () => "354 go on",
    QUIT: () => "221 bye",
  };
  const onLine = (line: string) => {
    const verb = line.slice(0, 4).toUpperCase();
    if (verb === "RCPT") to = line.slice(line.indexOf(":") + 1);
    say(answers[verb]?.() ?? "250 ok");
  };
  /** Takes what comes after DATA, up to the line with a dot. */
  const takeText = (chunk: string) => {
    const end = chunk.indexOf("\r\n.\r\n");
    if (end === -1) return false;
    received.push({ to, text: chunk.slice(0, end) });
    say("250 taken");
    return true;
  };
  let isText = false;
  socket.on("data", (chunk) => {
    rest += chunk;
    if (isText && takeText(rest)) [isText, rest] = [false, ""];
    if (isText) return;
    const lines = rest.split("\r\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
    isText = lines.at(-1)?.toUpperCase() === "DATA";
  });
  socket.on("error", () => {});
  say("220 test");
}

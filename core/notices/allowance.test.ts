import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { minuteMs } from "@berth/kit";
import fc from "fast-check";
import { type TestControl, testControl } from "../../tests/support/control.ts";
import { mailsTo } from "../../tests/support/mails.ts";
import type { Context } from "../platform/context.ts";
import { type Database, openDatabase } from "../platform/database.ts";
import { recipientOf } from "./content.ts";
import { deliverTo, type Transport } from "./deliver.ts";
import { mostInWindow, nextOf, type Urgency, windowMs } from "./mail.ts";
import { sendMail } from "./send.ts";
import { findDue } from "./sweep-store.ts";

let control: TestControl;
let second: Database;
let world = 0;

before(async () => {
  control = await testControl();
  second = openDatabase(control.database.url, { connections: 8 });
});
after(async () => {
  await second.close();
  await control.close();
});

interface Went {
  readonly address: string;
  readonly subject: string;
  readonly body: string;
  readonly at: number;
}

/** Two replicas over one database, whose clock is moved, and a mail server that takes everything. */
function twoReplicas() {
  let ms = Date.now();
  const went: Went[] = [];
  const transport: Transport = async ({ address, subject, body }) => {
    went.push({ address, subject, body, at: ms });
    return { result: "taken" };
  };
  const now = () => new Date(ms);
  const replicas: Context[] = [
    { ...control.ctx, now },
    { ...control.ctx, now, db: second.db },
  ];
  const deliver = (n: number, address: string) => {
    const ctx = replicas[n % 2] as Context;
    return deliverTo(ctx, recipientOf(ctx, address), transport);
  };
  return {
    went,
    send: (n: number, mail: { address: string; urgency: Urgency; subject: string; purpose?: string }) =>
      sendMail(replicas[n % 2] as Context, { kind: `test.${mail.urgency}`, body: `${mail.subject}.`, ...mail }),
    deliver,
    advance: (by: number) => {
      ms += by;
    },
    /** What the sweep does: wakes those whose time has come, at so many replicas at once. */
    async sweep(at = replicas.length) {
      const due = await findDue(replicas[0] as Context, 100);
      const senders = replicas.slice(0, at);
      await Promise.all(due.flatMap((recipient) => senders.map((ctx) => deliverTo(ctx, recipient, transport))));
    },
  };
}

const step = fc.record({
  to: fc.integer({ min: 0, max: 1 }),
  urgency: fc.constantFrom<Urgency>("security", "code", "code", "code", "notice"),
  purpose: fc.constantFrom(undefined, "sign-up", "reset"),
});
const rounds = fc.array(
  fc.record({
    steps: fc.array(step, { minLength: 8, maxLength: 8 }),
    pauseMs: fc.integer({ min: 0, max: 4 * minuteMs }),
  }),
  { minLength: 2, maxLength: 4 },
);

type Plan = readonly { readonly steps: readonly StepOf[]; readonly pauseMs: number }[];
type StepOf = { to: number; urgency: Urgency; purpose: string | undefined };

/** Eight at a time write and deliver at both replicas; then time goes by until nothing waits. */
async function run(plan: Plan) {
  const site = twoReplicas();
  world += 1;
  const addressOf = (to: number) => `world${world}-${to}@example.com`;
  let count = 0;
  for (const { steps, pauseMs } of plan) {
    await Promise.all(
      steps.map(async ({ to, urgency, purpose }, n) => {
        const about = urgency === "code" && purpose ? { purpose } : {};
        await site.send(n, { address: addressOf(to), urgency, subject: `${urgency} ${++count}`, ...about });
        await site.deliver(n, addressOf(to));
      }),
    );
    site.advance(pauseMs);
    await site.sweep();
  }
  for (let n = 0; n < 200; n++) {
    site.advance(minuteMs);
    await site.sweep();
  }
  return { went: site.went, addresses: [addressOf(0), addressOf(1)] };
}

function assertWindows(went: readonly Went[], address: string): void {
  const mine = went.filter((mail) => mail.address === address);
  for (const { at: from } of mine) {
    const inWindow = mine.filter(({ at }) => at >= from && at < from + windowMs);
    assert.ok(inWindow.length <= mostInWindow, `${inWindow.length} to one address in ten minutes`);
    const ordinary = inWindow.filter(({ subject }) => !subject.startsWith("security"));
    assert.ok(ordinary.length < mostInWindow, "no room was left for a security mail");
    assert.ok(ordinary.filter(({ subject }) => subject.startsWith("code")).length <= 3);
  }
}

/** Each was sent once, by itself or with others, but for codes that a newer one replaced. */
async function assertNoneLost(went: readonly Went[], address: string): Promise<void> {
  const texts = went.filter((mail) => mail.address === address).map(({ body }) => body);
  for (const { state, subject, purpose } of await mailsTo(control, address)) {
    assert.ok(state === "sent" || (state === "dropped" && purpose), `${subject} is ${state}`);
    assert.equal(texts.filter((body) => body.includes(`${subject}.`)).length, state === "sent" ? 1 : 0, subject);
  }
}

describe("mails to one address", () => {
  test("are five in any ten minutes, whatever eight senders at two replicas do at once, and none is lost", async () => {
    const holds = fc.asyncProperty(rounds, async (plan) => {
      const { went, addresses } = await run(plan);
      for (const address of addresses) {
        assertWindows(went, address);
        await assertNoneLost(went, address);
      }
    });
    await fc.assert(holds, { numRuns: 6 });
  });

  test("of a stranger's asking keep none back that warns of them", async () => {
    const site = twoReplicas();
    const address = "flooded@example.com";
    const subjects = () => site.went.map(({ subject }) => subject);
    for (let n = 0; n < 12; n++) {
      await site.send(n, { address, urgency: "code", subject: `code ${n}`, purpose: "reset" });
      await site.deliver(n, address);
    }
    assert.deepEqual(subjects(), ["code 0", "code 1", "code 2"]);
    await site.send(0, { address, urgency: "notice", subject: "notice 0" });
    await site.deliver(0, address);
    await site.send(0, { address, urgency: "security", subject: "security 0" });
    await site.deliver(1, address);
    assert.deepEqual(subjects().slice(3), ["notice 0", "security 0"]);
    site.advance(windowMs);
    await site.sweep();
    assert.deepEqual(subjects().slice(5), ["code 11"], "the newest one, of all that were asked for");
  });

  test("that wait go out most urgent first, and notices as one", async () => {
    const site = twoReplicas();
    const address = "busy@example.com";
    for (let n = 0; n < 5; n++) {
      await site.send(n, { address, urgency: "security", subject: `security ${n}` });
      await site.deliver(n, address);
    }
    await site.send(0, { address, urgency: "notice", subject: "notice 1" });
    site.advance(1);
    await site.send(1, { address, urgency: "notice", subject: "notice 2" });
    await site.send(0, { address, urgency: "code", subject: "code" });
    await site.send(1, { address, urgency: "security", subject: "security 5" });
    await site.deliver(0, address);
    assert.equal(site.went.length, 5);
    site.advance(windowMs);
    await site.sweep(1);
    const later = site.went.slice(5);
    assert.deepEqual(
      later.map(({ subject }) => subject),
      ["security 5", "code", "2 notices"],
    );
    assert.match(later[2]?.body ?? "", /notice 1\n\nnotice 1\.\n\n-+\n\nnotice 2\n\nnotice 2\.\n/);
    const sent = await mailsTo(control, address);
    assert.equal(sent.filter(({ kind, state }) => kind === "test.notice" && state === "sent").length, 2);
  });
});

describe("the next mail", () => {
  const none = { security: 0, code: 0, notice: 0 };
  for (const [waiting, counts, next] of [
    [["notice", "code", "security"], none, ["security"]],
    [["notice", "code"], none, ["code"]],
    [["notice", "notice"], none, ["notice", "notice"]],
    [["code"], { ...none, code: 3 }, []],
    [["notice"], { ...none, code: 3 }, ["notice"]],
    [["notice", "code"], { ...none, code: 3, notice: 1 }, []],
    [["security"], { ...none, code: 3, notice: 1 }, ["security"]],
    [["security"], { security: 1, code: 3, notice: 1 }, []],
    [["notice"], { ...none, notice: 2 }, []],
    [["code"], { ...none, security: 4 }, []],
    [["security"], { ...none, security: 5 }, []],
  ] as const) {
    test(`of ${waiting.join(", ")} after ${JSON.stringify(counts)} is ${next.join(", ") || "none"}`, () => {
      const rows = waiting.map((urgency) => ({ urgency }));
      assert.deepEqual(
        nextOf<{ urgency: Urgency }>(rows, counts).map(({ urgency }) => urgency),
        next,
      );
    });
  }
});

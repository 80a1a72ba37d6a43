import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { type TestContext, test } from "node:test";
import { Meeting, type MeetingOptions } from "./meeting.ts";

const long = { idleMs: 60_000, longestMs: 60_000, comeMs: 60_000, checkMs: 60_000 };

function meet(t: TestContext, limits: MeetingOptions["limits"]): Meeting {
  const options = { id: "stream_1", nodeId: "node_1", secret: "secret", person: new PassThrough() };
  const meeting = new Meeting({ ...options, limits: { ...long, ...limits } });
  t.after(() => meeting.end("ended", ""));
  return meeting;
}

test("a flow to which its node does not come ends; one to which it came goes on", async (t) => {
  assert.deepEqual(await meet(t, { comeMs: 20 }).ending, { why: "unavailable", detail: "the node did not come" });
  const taken = meet(t, { comeMs: 20, longestMs: 100 });
  assert.deepEqual([taken.take(), taken.take()], [true, false]);
  assert.equal((await taken.ending).detail, "it went on for too long");
});

test("a flow in which nothing moves ends, and one in which something does goes on until its longest time", async (t) => {
  assert.equal((await meet(t, { idleMs: 60 }).ending).detail, "nothing was said for too long");
  const moving = meet(t, { idleMs: 60, longestMs: 400 });
  const talk = setInterval(() => moving.move({ fromNode: 1 }), 10);
  t.after(() => clearInterval(talk));
  assert.equal((await moving.ending).detail, "it went on for too long");
});

test("what somebody else counts keeps a flow going only while it grows, and never takes back what went through", async (t) => {
  const meeting = meet(t, { idleMs: 60 });
  meeting.movedTo({ toNode: 7, fromNode: 100 });
  meeting.movedTo({ toNode: 9, fromNode: 50 });
  assert.deepEqual(meeting.moved, { toNode: 9, fromNode: 100 });
  const repeat = setInterval(() => meeting.movedTo({ toNode: 9, fromNode: 100 }), 10);
  t.after(() => clearInterval(repeat));
  assert.equal((await meeting.ending).why, "late");
});

test("a flow ends when either end is not welcome any more, and not because the database is away", async (t) => {
  const refused = meet(t, { checkMs: 10 });
  refused.watch(async () => {
    throw new Error("revoked");
  });
  assert.equal((await refused.ending).why, "revoked");
  const away = meet(t, { checkMs: 10, longestMs: 100 });
  away.watch(async () => {
    throw Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
  });
  assert.equal((await away.ending).why, "late");
});

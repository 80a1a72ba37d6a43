import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fleet } from "@berth/api";
import { dayMs, minuteMs, secondMs } from "@berth/kit";
import type { Heartbeat } from "@berth/link";
import { type Person, type TestControl, testControl } from "../../tests/support/control.ts";
import { onlineNode } from "../../tests/support/nodes.ts";
import { refusalOf } from "../../tests/support/refusal.ts";
import { fleetSweeps, flushHeartbeats, noteHeartbeat } from "./index.ts";

type NodeId = `node_${string}`;

let control: TestControl;
let operator: Person;

before(async () => {
  control = await testControl();
  operator = await control.as("super_admin");
});
after(() => control.close());

async function beat(nodeId: string, change: Partial<Heartbeat>): Promise<void> {
  const said = { load: 1, memoryUsedBytes: 5n, revision: 0n, digest: "", sequence: 1n, ...change };
  noteHeartbeat(control.ctx, nodeId, said as Heartbeat);
  await flushHeartbeats(control.ctx);
}

const show = (nodeId: string) => operator(fleet.getNode, { nodeId: nodeId as NodeId });

const machine = {
  arch: "x64",
  system: "Linux 6",
  hasIpv4: true,
  hasIpv6: false,
  dockerVersion: "27",
  relayVersion: "",
};

test("a node shows what its heartbeat says, and how far its clock is off", async () => {
  const { id } = await onlineNode(control.ctx, { cores: 4 });
  await beat(id, {
    load: 2,
    memoryBytes: 100n,
    diskBytes: 2n ** 40n,
    diskUsedBytes: 2n ** 39n,
    uptimeSeconds: 77n,
    inBytesPerSecond: 1.5,
    outBytesPerSecond: 0,
    nowMs: BigInt(control.ctx.now().getTime() + 5_000),
    roundTripMs: 12.5,
    machine: machine as Heartbeat["machine"],
  });
  const node = await show(id);
  assert.deepEqual([node.load, node.loadPerCore, node.memoryBytes], [2, 0.5, "100"]);
  assert.deepEqual([node.diskBytes, node.diskUsedBytes, node.uptimeSeconds], [`${2n ** 40n}`, `${2n ** 39n}`, "77"]);
  assert.deepEqual([node.inBytesPerSecond, node.outBytesPerSecond, node.servedBytesPerSecond], [1.5, 0, null]);
  assert.equal(node.latencyMs, 12.5);
  assert.ok(Math.abs((node.clockOffsetMs ?? 0) - 5_000) < 1_000, `${node.clockOffsetMs}`);
  assert.deepEqual(node.machine, { ...machine, relayVersion: null });
});

test("what an older agent does not say is unknown, not zero", async () => {
  const { id } = await onlineNode(control.ctx);
  await beat(id, { load: 3 });
  const { load, memoryBytes, diskBytes, uptimeSeconds, clockOffsetMs, latencyMs, machine } = await show(id);
  assert.deepEqual([load, memoryBytes], [3, String(2n ** 31n)], "said by its hello");
  assert.deepEqual([diskBytes, uptimeSeconds, clockOffsetMs, latencyMs, machine], [null, null, null, null, null]);
});

test("nonsense of one node spoils nothing for another", async () => {
  const [mad, sane] = [await onlineNode(control.ctx), await onlineNode(control.ctx)];
  const huge = 2n ** 64n - 1n;
  const odd = { ...machine, arch: "a\0b".repeat(1_000) } as Heartbeat["machine"];
  noteHeartbeat(control.ctx, mad.id, {
    load: Number.POSITIVE_INFINITY,
    memoryUsedBytes: huge,
    revision: huge,
    diskBytes: huge,
    inBytesPerSecond: Number.NaN,
    outBytesPerSecond: 1e308,
    nowMs: huge,
    roundTripMs: -1,
    machine: odd,
  } as Heartbeat);
  await beat(sane.id, { inBytesPerSecond: 7 });
  assert.equal((await show(sane.id)).inBytesPerSecond, 7);
  assert.equal((await show(mad.id)).machine?.arch.length, 100);
  assert.equal((await show(mad.id)).inBytesPerSecond, null);
});

/** The start of a minute from which the test goes on. */
function nextMinute(): Date {
  const now = control.ctx.now().getTime();
  control.advance((Math.floor(now / minuteMs) + 1) * minuteMs - now);
  return new Date(Math.floor(control.ctx.now().getTime() / minuteMs) * minuteMs);
}

test("a minute keeps the mean of its heartbeats, and steps the mean of their minutes", async () => {
  const { id } = await onlineNode(control.ctx);
  const first = nextMinute();
  await beat(id, { load: 1, roundTripMs: 10 });
  await beat(id, { load: 2 });
  await beat(id, { load: 3, roundTripMs: 30 });
  control.advance(minuteMs);
  await beat(id, { load: 10 });
  const ask = (step: "1m" | "1h") =>
    operator(fleet.getFigures, {
      nodeId: id as NodeId,
      from: first.toISOString(),
      to: new Date(first.getTime() + 10 * minuteMs).toISOString(),
      step,
    });
  const { points } = await ask("1m");
  assert.deepEqual(
    points.map(({ at, load }) => [at, load]),
    [
      [first.toISOString(), 2],
      [new Date(first.getTime() + minuteMs).toISOString(), 10],
    ],
  );
  assert.equal(points[1]?.latencyMs, null);
  const hours = (await ask("1h")).points;
  const isOneHour = first.getUTCMinutes() < 59;
  if (isOneHour) assert.deepEqual([hours.length, hours[0]?.load], [1, 4]);
});

test("figures of more points than can be drawn are refused, those of no node as well", async () => {
  const { id } = await onlineNode(control.ctx);
  const [from, to] = ["2026-01-01T00:00:00Z", "2026-01-08T00:00:00Z"];
  const asked = operator(fleet.getFigures, { nodeId: id as NodeId, from, to, step: "1m" });
  assert.equal(await refusalOf(asked), "400 fleet.too_many_points");
  const missing = operator(fleet.getFigures, { nodeId: `node_${"0".repeat(26)}`, from, to, step: "1h" });
  assert.equal(await refusalOf(missing), "404 fleet.no_such_node");
});

test("figures of more than a week ago are dropped, and none is written for a node that is gone", async () => {
  const count = async () => {
    const { rows } = await control.database.pool.query("select count(*)::int as n from node_figures");
    return rows[0].n;
  };
  assert.ok((await count()) > 0);
  const keep = fleetSweeps.find(({ name }) => name === "fleet.figures");
  control.advance(6 * dayMs);
  await keep?.run(control.ctx);
  assert.ok((await count()) > 0);
  control.advance(2 * dayMs + secondMs);
  await keep?.run(control.ctx);
  assert.equal(await count(), 0);
  const removed = await onlineNode(control.ctx, { state: "removed" });
  await beat(removed.id, {});
  assert.equal(await count(), 0);
});

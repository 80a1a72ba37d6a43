import assert from "node:assert/strict";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, type TestContext, test } from "node:test";
import { type CallOf, fleet, type ReplyOf } from "@berth/api";
import { minuteMs, sleep } from "@berth/kit";
import { packAgent } from "../../../apps/control/src/agent-archive.ts";
import type { Link } from "../../../apps/control/src/link.ts";
import { need } from "../../../tests/require.ts";
import { type Person, type TestControl, testControl } from "../../../tests/support/control.ts";
import { testLink } from "../../../tests/support/fake-agent.ts";
import { nextTestPort } from "../../../tests/support/ports.ts";
import { refusalOf } from "../../../tests/support/refusal.ts";
import { startSshd, type TestSshd } from "../../../tests/support/sshd.ts";
import { fleetSweeps } from "../index.ts";
import { showSshJoin, startSshJoin } from "./join.ts";

type SshJoin = ReplyOf<typeof fleet.getSshJoin>;

let control: TestControl;
let operator: Person;
let link: Link & { url: string };

before(async () => {
  control = await testControl();
  operator = await control.as("super_admin");
  link = await testLink(control);
});
after(async () => {
  await link.close();
  await control.close();
});

async function sshd(t: TestContext): Promise<TestSshd | undefined> {
  if (!need(t, "sshd")) return undefined;
  const server = await startSshd();
  t.after(() => server.stop());
  return server;
}

async function ended(join: SshJoin): Promise<SshJoin> {
  for (let waitedMs = 0; waitedMs < 100_000; waitedMs += 50) {
    const seen = await showSshJoin(control.ctx, join.id);
    if (seen.state !== "running") return seen;
    await sleep(50);
  }
  return assert.fail("it did not end");
}

const loginOf = ({ port, username, hostKey, privateKey }: TestSshd) => ({
  host: "127.0.0.1",
  ...{ port, username, hostKey, privateKey },
});

/** As the route does it, but for where agents reach this control. */
function begin(asked: CallOf<typeof fleet.startSshJoin>): Promise<SshJoin> {
  const whole = { port: 22, ...asked } as Parameters<typeof startSshJoin>[1];
  return startSshJoin(control.ctx, whole, { linkUrl: link.url, archive: packAgent });
}

describe("over SSH", () => {
  test("a server becomes a node: its key is looked at, then programs are sent, started, and the node joins", async (t) => {
    const server = await sshd(t);
    if (!server) return;
    const { hostKey } = await operator(fleet.showHostKey, { host: "127.0.0.1", port: server.port });
    assert.equal(hostKey, server.hostKey);
    const [from, to] = [nextTestPort(), nextTestPort()].sort((a, b) => a - b);
    const more = { name: "over ssh", region: "eu", address: "127.0.0.1", ports: `${from}-${to}`, stunPort: 0 };
    const join1 = await ended(await begin({ ...loginOf(server), ...more }));
    assert.deepEqual([join1.state, join1.problem], ["done", null], JSON.stringify(join1.problem));
    const node = await operator(fleet.getNode, { nodeId: join1.nodeId as `node_${string}` });
    assert.deepEqual([node.state, node.name, node.region, node.addresses], ["online", "over ssh", "eu", ["127.0.0.1"]]);
    const { mode } = await stat(join(server.home, "berth-node", "node.env"));
    assert.equal(mode & 0o077, 0, "the token is nobody else's to read");
    const { rows } = await control.database.pool.query(
      `select (select string_agg(e::text, ' ') from events e) || (select string_agg(s::text, ' ') from ssh_joins s) as text`,
    );
    assert.ok(!rows[0].text.includes("PRIVATE KEY"));
  });

  test("a server that shows another key than was confirmed hears nothing", async (t) => {
    const server = await sshd(t);
    if (!server) return;
    const hostKey = `SHA256:${"a".repeat(43)}`;
    const { state, step, problem, joinTokenId } = await ended(await begin({ ...loginOf(server), hostKey }));
    assert.deepEqual([state, step, problem?.code], ["failed", "connecting", "fleet.ssh_other_host_key"]);
    assert.equal((await operator(fleet.getJoinToken, { joinTokenId })).state, "revoked");
  });

  test("wrong logins, keys that can't be read and servers that are away are told apart", async (t) => {
    const server = await sshd(t);
    if (!server) return;
    const { privateKey: _, ...login } = loginOf(server);
    const codeOf = async (asked: Parameters<typeof begin>[0]) => (await ended(await begin(asked))).problem?.code;
    assert.equal(await codeOf({ ...login, password: "wrong" }), "fleet.ssh_sign_in");
    assert.equal(await codeOf({ ...login, privateKey: "no key at all" }), "fleet.ssh_bad_key");
    assert.equal(await codeOf({ ...loginOf(server), port: nextTestPort() }), "fleet.ssh_unreachable");
    const nobody = { host: "127.0.0.1", port: nextTestPort() };
    assert.equal(await refusalOf(operator(fleet.showHostKey, nobody)), "409 fleet.ssh_unreachable");
  });
});

test("a join over SSH needs a password or a key, and staff", async () => {
  const asked = { host: "127.0.0.1", port: 1, hostKey: `SHA256:${"a".repeat(43)}`, username: "root" };
  assert.equal(await refusalOf(operator(fleet.startSshJoin, asked)), "400 fleet.ssh_no_login");
  const customer = await control.as("customer");
  const tried = customer(fleet.startSshJoin, { ...asked, password: "x" });
  assert.equal(await refusalOf(tried), "403 accounts.not_permitted");
});

test("what a control that died was at is given up after five minutes", async () => {
  const asked = {
    host: "127.0.0.1",
    port: nextTestPort(),
    hostKey: `SHA256:${"a".repeat(43)}`,
    username: "root",
    password: "x",
  };
  const { id } = await ended(await begin(asked));
  const running = { state: "running", problem_code: null, problem_detail: null } as const;
  await control.ctx.db.updateTable("ssh_joins").set(running).where("id", "=", id).execute();
  const sweep = fleetSweeps.find(({ name }) => name === "fleet.ssh_joins");
  await sweep?.run(control.ctx);
  assert.equal((await operator(fleet.getSshJoin, { sshJoinId: id })).state, "running");
  control.advance(6 * minuteMs);
  await sweep?.run(control.ctx);
  assert.equal((await operator(fleet.getSshJoin, { sshJoinId: id })).problem?.code, "fleet.ssh_given_up");
});

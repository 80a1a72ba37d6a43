import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import {
  type AgentMessage,
  authorityFingerprint,
  type ControlMessageInit,
  formatJoinToken,
  issue,
  issueServer,
  makeAuthority,
  serveLink,
} from "@berth/link";
import { nextTestPort } from "../../../tests/support/ports.ts";

const main = fileURLToPath(new URL("main.ts", import.meta.url));

/** An agent as a program. It is told of a control that may or may not be there, and of a relay that is not. */
async function startProgram(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), "berth-agent-main-"));
  const port = nextTestPort();
  const env = {
    BERTH_CONTROL_URL: `https://127.0.0.1:${port}`,
    BERTH_AGENT_DATA: join(folder, "node"),
    BERTH_RELAY_SOCKET: join(folder, "relay.sock"),
    BERTH_JOIN_TOKEN_FILE: join(folder, "join-token"),
    BERTH_NODE_NAME: "one",
  };
  const child = fork(main, { env, stdio: ["ignore", "pipe", "inherit", "ipc"] });
  t.after(async () => {
    child.kill("SIGKILL");
    await rm(folder, { recursive: true });
  });
  return { child, folder, port, saysSoon: reader(child) };
}

/** Waits for a line of the log. */
function reader(child: ChildProcess): (message: string) => Promise<Record<string, unknown>> {
  const lines: Record<string, unknown>[] = [];
  const log = createInterface(child.stdout!).on("line", (text) => lines.push(JSON.parse(text)));
  return async (message) => {
    for (;;) {
      const found = lines.find(({ msg }) => msg === message);
      if (found) return found;
      await once(log, "line");
    }
  };
}

/** A control that lets everybody in and wants nothing. */
async function serveControl(t: TestContext, port: number) {
  const authority = await makeAuthority({ now: new Date() });
  const { certificate, privateKey } = await issueServer(authority, { names: ["127.0.0.1"], now: new Date() });
  const names: string[] = [];
  const server = await serveLink({
    port,
    host: "127.0.0.1",
    certificate,
    key: privateKey,
    authorities: authority.certificate,
    handlers: {
      async enrol({ request, name }) {
        names.push(name);
        const issued = await issue(authority, request, { nodeId: "node_1", now: new Date() });
        return { nodeId: "node_1", certificate: issued.certificate, authorities: authority.certificate };
      },
      renew: () => assert.fail("a new certificate needs no renewal"),
      async *sync(messages: AsyncIterable<AgentMessage>): AsyncGenerator<ControlMessageInit> {
        for await (const { message } of messages) {
          if (message.case !== "hello") continue;
          yield { message: { case: "welcome", value: { nowMs: BigInt(Date.now()), heartbeatSeconds: 5 } } };
        }
      },
    },
  });
  t.after(() => server.close());
  const token = formatJoinToken({ secret: "0".repeat(32), authority: authorityFingerprint(authority.certificate) });
  return { names, token };
}

test("an agent waits for its join token to appear, joins, and ends within five seconds when asked", async (t) => {
  const { child, folder, port, saysSoon } = await startProgram(t);
  await saysSoon("agent ready");
  const control = await serveControl(t, port);
  await writeFile(join(folder, "half"), `${control.token}\n`);
  await rename(join(folder, "half"), join(folder, "join-token"));
  assert.equal((await saysSoon("node joined")).nodeId, "node_1");
  await saysSoon("control answered");
  assert.deepEqual(control.names, ["one"]);
  assert.equal((await stat(join(folder, "node", "identity.json"))).mode & 0o777, 0o600);
  const startedAt = performance.now();
  child.kill("SIGTERM");
  assert.deepEqual(await once(child, "exit"), [0, null]);
  assert.ok(performance.now() - startedAt < 5_000);
});

test("an agent without control or token still ends when asked", async (t) => {
  const { child, saysSoon } = await startProgram(t);
  await saysSoon("agent ready");
  child.kill("SIGTERM");
  assert.deepEqual(await once(child, "exit"), [0, null]);
});

test("an agent ends when the parent that started it is gone", async (t) => {
  const { child, saysSoon } = await startProgram(t);
  await saysSoon("agent ready");
  child.disconnect();
  assert.deepEqual(await once(child, "exit"), [0, null]);
});

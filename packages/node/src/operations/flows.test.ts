import assert from "node:assert/strict";
import { appendFile, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { sleep } from "@berth/kit";
import type { Flow } from "./flow.ts";
import { followLogs } from "./logs.ts";
import { shell } from "./shell.ts";

const folder = await mkdtemp(join(tmpdir(), "berth-flows-"));
after(() => rm(folder, { recursive: true }));

/** What a flow says, as it comes. */
function listen(flow: Flow) {
  let heard = "";
  const ended = (async () => {
    for await (const bytes of flow.output) heard += Buffer.from(bytes).toString();
  })();
  const until = async (text: string) => {
    for (let waited = 0; !heard.includes(text); waited += 10) {
      assert.ok(waited < 10_000, `not heard: ${text}; but: ${heard}`);
      await sleep(10);
    }
  };
  return { until, ended, heard: () => heard };
}

test("a shell does what it is told, says what goes wrong as well, and knows nothing of the agent's environment", async () => {
  process.env.BERTH_JOIN_TOKEN = "a secret of the agent";
  const flow = await shell()({}, new AbortController().signal);
  const { until, ended, heard } = listen(flow);
  await flow.write(Buffer.from("echo $((6 * 7)); ls /nowhere; env; exit\n"));
  await until("42");
  await ended;
  assert.match(heard(), /nowhere/);
  assert.ok(!heard().includes("secret of the agent"));
});

test("a shell ends with its flow, and so does what it runs", async () => {
  const over = new AbortController();
  const flow = await shell()({}, over.signal);
  const { until, ended } = listen(flow);
  await flow.write(Buffer.from("sh -c 'echo pid=$$; trap \"\" HUP; exec sleep 1000'\n"));
  await until("pid=");
  over.abort();
  await ended; // it holds its end of the pipe for as long as it lives
});

test("what a shell says waits until it is taken", async () => {
  const over = new AbortController();
  const flow = await shell()({}, over.signal);
  await flow.write(Buffer.from("yes | head -c 20000000; echo; echo the end\n"));
  await sleep(200);
  assert.ok((flow.output as unknown as { readableLength: number }).readableLength < 1_000_000);
  const { until } = listen(flow);
  await until("the end");
  over.abort();
});

test("a log is followed from its last lines on, also into the file that takes its place", async () => {
  const path = join(folder, "agent.log");
  await writeFile(path, Array.from({ length: 100 }, (_, n) => `old ${n}\n`).join(""));
  const over = new AbortController();
  const { until, ended, heard } = listen(await followLogs({ agent: path })({ of: "agent" }, over.signal));
  await until("old 99");
  assert.ok(heard().startsWith("old 50\n"));
  await appendFile(path, "new\n");
  await until("new\n");
  await rename(path, `${path}.1`);
  await writeFile(path, "another file\n");
  await until("another file");
  over.abort();
  await ended;
  await assert.rejects(followLogs({})({ of: "relay" }, over.signal), { code: "logs.not_kept" });
});

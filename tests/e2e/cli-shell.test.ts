import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { until } from "../../apps/cli/src/demo/story.ts";
import { mainOf } from "../../apps/cli/src/program.ts";
import { shell } from "../../packages/node/src/operations/shell.ts";
import { type Site, startSite } from "../support/site.ts";

let site: Site;
let env: Record<string, string>;

before(async () => {
  site = await startSite({ nodes: 1, shells: 1 });
  env = { BERTH_PUBLIC_URL: site.url, BERTH_TOKEN: site.token, BERTH_DATA: site.folder };
});
after(() => site.close());

/** `berth` with these words; `input` is piped in. */
async function berth(words: readonly string[], input = "", change: Record<string, string> = {}) {
  const child = spawn(process.execPath, [mainOf("cli"), ...words], { env: { ...process.env, ...env, ...change } });
  const said = { out: "", err: "" };
  child.stdout.on("data", (chunk) => {
    said.out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    said.err += chunk;
  });
  child.stdin.end(input);
  const [code] = await once(child, "close");
  return { code, ...said };
}

test("what is piped into a shell is done on the node, and the shell ends with it", async () => {
  const { code, out, err } = await berth(["shell", "node-1"], "echo $((6 * 7))\nseq 100000 | tail -1\n");
  assert.deepEqual([code, out, err], [0, "42\n100000\n", ""]);
});

test("a shell in a terminal has that terminal's size, and gives it back", async (t) => {
  const over = new AbortController();
  t.after(() => over.abort());
  const own = await shell()({ terminal: { columns: 111, rows: 33 } }, over.signal);
  let heard = "";
  void (async () => {
    for await (const bytes of own.output) heard += Buffer.from(bytes).toString();
  })();
  const type = (text: string) => own.write(Buffer.from(text));
  const hear = (pattern: RegExp) => until(`${pattern}; but ${heard}`, async () => pattern.test(heard), 15_000);
  await type(
    `${Object.entries(env)
      .map(([name, value]) => `export ${name}='${value}'`)
      .join("; ")}\r`,
  );
  await type(`'${process.execPath}' '${mainOf("cli")}' shell node-1; stty -a | grep -o ' icanon'\r`);
  // It takes a while to be there; what is typed before is nobody's.
  const askSize = (size: RegExp) =>
    until(`${size}`, async () => {
      await type("stty size\r");
      return size.test(heard);
    });
  await askSize(/33 111\r\n/);
  own.resize?.({ columns: 90, rows: 30 });
  await askSize(/30 90\r\n/);
  await type("sleep 1000\r");
  await hear(/sleep 1000\r\n/);
  await type("\x03");
  await type("exit\r");
  await hear(/ icanon\r\n/);
});

test("a node's logs are shown, and followed", async () => {
  const { code, out } = await berth(["logs", "node-1"]);
  assert.equal(code, 0);
  assert.match(out, /node joined/);
  const child = spawn(process.execPath, [mainOf("cli"), "logs", "node-1", "relay", "-f"], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let followed = "";
  child.stdout.on("data", (chunk) => {
    followed += chunk;
  });
  await until("the relay's log", async () => followed.includes("relay ready"));
  child.kill("SIGINT");
  await once(child, "close");
});

test("who may not, asks for what is not there, or asks nothing is told in one line", async () => {
  for (const [words, change, says] of [
    [["shell", "nowhere"], {}, /no node nowhere/],
    [["shell"], {}, /usage/],
    [["logs", "node-1"], { BERTH_TOKEN: "nonsense" }, /sign/],
    [["logs", "node-1", "-x"], {}, /usage/],
  ] as const) {
    const { code, out, err } = await berth(words, "", change);
    assert.deepEqual([code, out, err.trim().split("\n").length], [1, "", 1], err);
    assert.match(err, says);
  }
});

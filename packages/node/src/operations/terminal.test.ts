import assert from "node:assert/strict";
import type { PassThrough } from "node:stream";
import { type TestContext, test } from "node:test";
import { sleep } from "@berth/kit";
import type { Flow } from "./flow.ts";
import { isGone } from "./hang-up.ts";
import { shell } from "./shell.ts";

const size = { columns: 100, rows: 40 };

/** A shell with a terminal, and what it says. */
async function openShell(t: TestContext) {
  const over = new AbortController();
  t.after(() => over.abort());
  const flow = await shell()({ terminal: size }, over.signal);
  const type = (text: string) => flow.write(Buffer.from(text));
  return { over, flow, type, ...listen(flow) };
}

function listen(flow: Flow) {
  let heard = "";
  const decoder = new TextDecoder();
  const ended = (async () => {
    for await (const bytes of flow.output) heard += decoder.decode(bytes, { stream: true });
  })();
  const until = async (pattern: RegExp): Promise<RegExpExecArray> => {
    for (let waited = 0; ; waited += 10) {
      const found = pattern.exec(heard);
      if (found) return found;
      assert.ok(waited < 10_000, `not heard: ${pattern}; but: ${heard.slice(-500)}`);
      await sleep(10);
    }
  };
  return { ended, until, heard: () => heard };
}

test("a terminal has the size of its window, and the one that it is given later", async (t) => {
  const { flow, type, until } = await openShell(t);
  await type("stty size; tty | cut -c1-5\r");
  await until(/40 100\r\n\/dev\//);
  await type("trap 'echo resized to $(stty size)' WINCH\r");
  await until(/trap[^\n]*\n/);
  flow.resize?.({ columns: 90, rows: 30 });
  await type("\r");
  await until(/resized to 30 90/);
  for (const odd of [0, -1, Number.NaN, 1e9]) flow.resize?.({ columns: odd, rows: odd });
  await type("stty size\r");
  await until(/1000 1000/);
});

test("letters beyond ASCII come and go whole", async (t) => {
  const { type, until } = await openShell(t);
  await type("printf '<%s>' 'häß → 码头'\r");
  await until(/[^']<häß → 码头>/);
});

test("control characters become signals for what runs in the foreground", async (t) => {
  const { type, until } = await openShell(t);
  await type("sleep 1000\r");
  await until(/sleep 1000\r\n/);
  await type("\x03");
  await type("echo code $?\r");
  await until(/code 130\r\n/);
});

test("its last words are not lost, however late they are taken", async (t) => {
  const over = new AbortController();
  t.after(() => over.abort());
  const flow = await shell()({ terminal: size }, over.signal);
  await flow.write(Buffer.from("seq 300000 | tail -c 1000000; echo the end; exit\r"));
  // Until the shell is stopped by what nobody takes.
  const output = flow.output as unknown as { readableLength: number };
  for (let before = -1; before !== output.readableLength || before === 0; await sleep(100))
    before = output.readableLength;
  assert.ok(output.readableLength < 300_000, `${output.readableLength} bytes are held`);
  const { ended, heard } = listen(flow);
  await ended;
  assert.match(heard(), /300000\r\nthe end\r\n/);
});

test("what is left in a terminal whose shell has ended is not lost, although nobody takes anything", async (t) => {
  const over = new AbortController();
  t.after(() => over.abort());
  const flow = await shell()({ terminal: size }, over.signal);
  const output = flow.output as PassThrough;
  // More than is held here, and no more than the terminal itself holds: the shell ends with it.
  const bytes = output.writableHighWaterMark + output.readableHighWaterMark + 1_500;
  await flow.write(Buffer.from(`head -c ${bytes} /dev/zero | tr '\\0' x; echo the end; exit\r`));
  for (let waited = 0; !output.writableEnded; waited += 20) {
    assert.ok(waited < 10_000, "the shell has not ended");
    await sleep(20);
  }
  const { ended, heard } = listen(flow);
  await ended;
  assert.match(heard(), /xthe end\r\n/);
});

test("what runs in it ends when it is cut off, also what does not want to", async (t) => {
  const { over, type, until, ended } = await openShell(t);
  await type(`sh -c 'trap "" HUP TERM INT; echo pid=$$.; while :; do sleep 1; done'\r`);
  const pid = Number((await until(/pid=(\d+)\./))[1]);
  over.abort();
  await ended;
  for (let waited = 0; !isGone(pid); waited += 20) {
    assert.ok(waited < 10_000, "it is still there");
    await sleep(20);
  }
});

test("what is typed into a shell that has ended, or reads nothing, keeps nobody waiting for ever", async (t) => {
  for (const input of [{ terminal: size }, {}]) {
    const over = new AbortController();
    t.after(() => over.abort());
    const flow = await shell()(input, over.signal);
    const { ended } = listen(flow);
    await flow.write(Buffer.from("exec sleep 0.3\n"));
    for (let n = 0; n < 100; n++) await flow.write(Buffer.alloc(64 * 1024, "x\n"));
    await ended;
  }
  for (const input of [{ terminal: size }, {}]) {
    const over = new AbortController();
    const flow = await shell()(input, over.signal);
    const { until } = listen(flow);
    await flow.write(Buffer.from("stty raw -echo; echo rea''dy; exec sleep 1000\n"));
    await until(/ready/);
    const writing = (async () => {
      while (!over.signal.aborted) await flow.write(Buffer.alloc(64 * 1024));
    })();
    setTimeout(() => over.abort(), 100);
    await writing;
  }
});

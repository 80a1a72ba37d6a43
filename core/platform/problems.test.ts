import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import type { FastifyInstance } from "fastify";
import { appOver } from "../../tests/support/app.ts";
import { type TestControl, testControl } from "../../tests/support/control.ts";

let control: TestControl;
let app: FastifyInstance;
let port: number;

before(async () => {
  control = await testControl();
  app = await appOver(control.ctx);
  port = Number(process.env.BERTH_TEST_PORTS?.split("-")[0] ?? 0);
  port = Number(new URL(await app.listen({ host: "127.0.0.1", port })).port);
});
after(async () => {
  await app.close();
  await control.close();
});

/** All that is answered to these bytes until the connection ends. */
async function say(text: string): Promise<string> {
  const socket = connect(port, "127.0.0.1").end(text);
  let answer = "";
  socket.on("data", (bytes) => {
    answer += bytes;
  });
  socket.on("error", () => {});
  await once(socket, "close");
  return answer;
}

for (const [what, text, status] of [
  ["no HTTP at all", "hello\r\n\r\n", 400],
  ["two lengths", "POST /api/v1/plans HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400],
  [
    "a length and chunks",
    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    400,
  ],
  ["a header with a line's end in it", "GET / HTTP/1.1\r\nHost: x\r\nX: a\rb\r\n\r\n", 400],
  ["headers without end", `GET / HTTP/1.1\r\nHost: x\r\nX: ${"x".repeat(100_000)}\r\n\r\n`, 431],
] as const) {
  test(`${what} is answered with a problem, and the connection ends`, async () => {
    const answer = await say(text);
    assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `));
    assert.match(answer, /\r\ncontent-type: application\/problem\+json\r\n/);
    const problem = JSON.parse(answer.split("\r\n\r\n")[1] ?? "");
    assert.deepEqual([problem.status, problem.code], [status, "http.unreadable"]);
  });
}

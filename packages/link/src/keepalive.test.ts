import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectHttp2, createServer, type ServerHttp2Session } from "node:http2";
import { connect } from "node:net";
import { after, test } from "node:test";
import { nextTestPort } from "../../../tests/support/ports.ts";
import { keepAlive, pingEveryMs, pingTimeoutMs } from "./keepalive.ts";

const port = nextTestPort();
const server = createServer().listen(port, "127.0.0.1");
await once(server, "listening");
after(() => server.close());

test("a peer that is gone is noticed within 15 seconds", () => {
  assert.ok(pingEveryMs + pingTimeoutMs < 15_000);
});

test("a session ends when its peer no longer answers", async () => {
  const socket = connect(port, "127.0.0.1");
  // The preface and empty settings, then silence.
  socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0");
  const [session] = (await once(server, "session")) as [ServerHttp2Session];
  keepAlive(session, 10, 30);
  const [error] = await once(session, "error");
  assert.match(String(error), /no longer answers/);
  socket.destroy();
});

test("a session stays while its peer answers", async () => {
  const client = connectHttp2(`http://127.0.0.1:${port}`);
  const [session] = (await once(server, "session")) as [ServerHttp2Session];
  keepAlive(session, 1, 5_000);
  let pings = 0;
  while (pings++ < 5) await once(client, "ping");
  assert.equal(session.destroyed, false);
  client.close();
  await once(session, "close");
});

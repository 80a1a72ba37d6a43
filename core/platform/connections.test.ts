import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { createSecureServer } from "node:http2";
import { type AddressInfo, connect, type Server, type Socket } from "node:net";
import { test } from "node:test";
import { sleep } from "@berth/kit";
import { TrustedProxies } from "./client-address.ts";
import { boundConnections, exceptFor } from "./connections.ts";

/** Connections that say nothing, and how many of them are still open once nothing changes any more. */
async function hold(server: Server, localAddress: string, count: number) {
  const sockets: Socket[] = [];
  let closed = 0;
  for (let index = 0; index < count; index++) {
    const socket = connect({ host: "127.0.0.1", port: (server.address() as AddressInfo).port, localAddress });
    socket.on("error", () => {}).on("close", () => closed++);
    sockets.push(socket);
    await once(socket, "connect");
  }
  return {
    async open(expected: number) {
      for (let waitedMs = 0; count - closed !== expected && waitedMs < 10_000; waitedMs += 20) await sleep(20);
      return count - closed;
    },
    leave: (at: number) => sockets[at]?.destroy(),
    leaveAll: () => sockets.forEach((socket) => void socket.destroy()),
  };
}

for (const [what, make] of [
  ["clear text", () => createServer()],
  ["TLS", () => createSecureServer({ allowHTTP1: true })],
] as const) {
  test(`over ${what} a place holds so many connections, and others have their own`, async (t) => {
    const server = make();
    server.on("tlsClientError", (_error: Error, socket: Socket) => socket.destroy());
    boundConnections(server, () => false, 5);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const many = await hold(server, "127.0.0.2", 8);
    assert.equal(await many.open(5), 5);
    const others = await hold(server, "127.0.0.3", 5);
    assert.equal(await others.open(5), 5);
    many.leave(0);
    assert.equal(await many.open(4), 4);
    let again = await hold(server, "127.0.0.2", 1);
    for (let tries = 0; (await again.open(1)) !== 1 && tries < 50; tries++) again = await hold(server, "127.0.0.2", 1);
    assert.equal(await again.open(1), 1);
    t.after(() => {
      for (const held of [many, others, again]) held.leaveAll();
      server.close();
    });
  });
}

test("the control: whoever is exempt holds as many as they like; so do named proxies and this machine", async (t) => {
  const server = createServer();
  boundConnections(server, (address) => address === "127.0.0.2", 5);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const many = await hold(server, "127.0.0.2", 20);
  await sleep(0);
  assert.equal(await many.open(20), 20);
  t.after(() => {
    many.leaveAll();
    server.close();
  });
  const isExempt = exceptFor(new TrustedProxies(["10.0.0.0/8"]));
  assert.deepEqual(["10.1.1.1", "127.0.0.1", "::1", "192.0.2.1"].map(isExempt), [true, true, true, false]);
});

import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { test } from "node:test";
import { ClientSession } from "./client-session.ts";

test("a connection that breaks rejects what is asked of it, and nothing else", async () => {
  const server = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const unused = new ClientSession(url, {}); // an error that nobody hears would end the process
  const used = new ClientSession(url, {});
  await assert.rejects(used.request("POST", "/", {}, {}));
  server.close();
  await once(server, "close");
  const refused = new ClientSession(url, {});
  await assert.rejects(refused.request("POST", "/", {}, {}), { code: "ECONNREFUSED" });
  for (const session of [unused, used, refused]) session.close();
});

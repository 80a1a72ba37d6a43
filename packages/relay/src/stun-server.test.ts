import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { test } from "node:test";
import { encodeRequest, parseResponse } from "@berth/stun";
import { nextTestPort } from "../../../tests/support/ports.ts";
import { StunServer } from "./stun-server.ts";

const port = nextTestPort();

test("an asker learns its own address, and nonsense gets no answer", async () => {
  const server = await StunServer.listen("127.0.0.1", port);
  const asker = createSocket("udp4");
  asker.send(Buffer.from("nonsense"), port, "127.0.0.1");
  const transactionId = randomBytes(12);
  asker.send(encodeRequest(transactionId), port, "127.0.0.1");
  const [answer] = await once(asker, "message");
  assert.deepEqual(parseResponse(answer, transactionId), { address: "127.0.0.1", port: asker.address().port });
  assert.deepEqual([server.answered, server.ignored], [1, 1]);
  await assert.rejects(StunServer.listen("127.0.0.1", port), { name: "Refusal", code: "relay.stun_port_in_use" });
  asker.close();
  await server.close();
});

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Relay } from "./relay.ts";
import { enter, makeTestRoom, receive } from "./test-room.ts";

const relay = new Relay({ host: "127.0.0.1" });
after(() => relay.close());
let port = 42_000;

for (const fastStart of [true, false]) {
  test(`two devices of a room reach each other ${fastStart ? "after a fast start" : "after a plain upgrade"}`, async () => {
    const it = makeTestRoom(++port);
    await relay.put(it.room);
    const [a, b] = [await enter(it, 0, { fastStart }), await enter(it, 1, { fastStart })];
    const got = receive(b, 2);
    const to = it.devices[1]?.publicKey as Buffer;
    a.send(to, Buffer.from("one"));
    a.send(to, Buffer.from("two"));
    assert.deepEqual(await got, ["one", "two"]);
    await Promise.all([a.close(), b.close()]);
  });
}

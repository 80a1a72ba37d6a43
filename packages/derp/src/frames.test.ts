import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeFrame, encodeHealth, encodePeerGone, FrameType, isDisco, PeerGoneReason } from "./frames.ts";

test("frames are written as the protocol has them", () => {
  const key = Buffer.alloc(32, 0xaa);
  const rows: [Buffer, string][] = [
    [encodeFrame(FrameType.KeepAlive), "0600000000"],
    [encodeFrame(FrameType.Pong, Buffer.from("0102030405060708", "hex")), "13000000080102030405060708"],
    [encodeFrame(FrameType.RecvPacket, key, Buffer.from("hi")), `0500000022${"aa".repeat(32)}6869`],
    [encodePeerGone(key, PeerGoneReason.notHere), `0800000021${"aa".repeat(32)}01`],
    [encodeHealth("stop"), "140000000473746f70"],
    [encodeHealth(""), "1400000000"],
  ];
  for (const [frame, hex] of rows) assert.equal(frame.toString("hex"), hex);
});

test("a packet is disco when it has the magic and room for key and nonce", () => {
  const magic = Buffer.from("5453f09f92ac", "hex");
  const whole = Buffer.concat([Buffer.alloc(3), magic, Buffer.alloc(56)]);
  assert.equal(isDisco(whole, 3, whole.length), true);
  assert.equal(isDisco(whole, 3, whole.length - 1), false, "too short");
  assert.equal(isDisco(whole, 2, whole.length), false, "the magic stands first");
});

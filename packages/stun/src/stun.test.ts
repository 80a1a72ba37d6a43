import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeRequest, encodeResponse, parseRequest, parseResponse } from "./stun.ts";

const transactionId = Buffer.from("000102030405060708090a0b", "hex");
const tailscale = Buffer.from(
  "000100142112a442000102030405060708090a0b802200087461696c6e6f6465802800048aabad90",
  "hex",
);
const plain = Buffer.from("000100002112a442000102030405060708090a0b", "hex");

// RFC 5769 section 2.1: a request with SOFTWARE, PRIORITY, ICE-CONTROLLED, USERNAME, MESSAGE-INTEGRITY, FINGERPRINT.
const rfc5769 = Buffer.from(
  "000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e740024000" +
    "46e0001ff80290008932ff9b151263b36000600096576746a3a68367659202020000800149aeaa70cbfd8cb" +
    "56781ef2b5b2d3f249c1b571a280280004e57a3bcf",
  "hex",
);

test("a request as Tailscale sends it is written and read", () => {
  assert.deepEqual(encodeRequest(transactionId), tailscale);
  assert.deepEqual(parseRequest(tailscale), { transactionId, unknown: [] });
});

test("plain and decorated requests of other clients are read", () => {
  assert.deepEqual(parseRequest(plain), { transactionId, unknown: [] });
  assert.deepEqual(parseRequest(rfc5769)?.unknown, []);
});

test("the answer holds the asker's IPv4 address", () => {
  const answer = encodeResponse({ transactionId, unknown: [] }, { address: "192.0.2.1", port: 32853 });
  assert.equal(answer.toString("hex"), "0101000c2112a442000102030405060708090a0b002000080001a147e112a643");
  assert.deepEqual(parseResponse(answer, transactionId), { address: "192.0.2.1", port: 32853 });
});

test("the answer holds the asker's IPv6 address as RFC 5769 has it", () => {
  const id = Buffer.from("b7e7a701bc34d686fa87dfae", "hex");
  const seen = { address: "2001:db8:1234:5678:11:2233:4455:6677", port: 32853 };
  const answer = encodeResponse({ transactionId: id, unknown: [] }, seen);
  assert.equal(answer.subarray(20).toString("hex"), "002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9", "section 2.3");
  assert.equal(parseResponse(answer, id)?.port, 32853);
});

test("short forms of addresses are understood", () => {
  const rows = [
    ["::1", "0000:0000:0000:0000:0000:0000:0000:0001"],
    ["2001:db8::7", "2001:0db8:0000:0000:0000:0000:0000:0007"],
    ["fe80::1%eth0", "fe80:0000:0000:0000:0000:0000:0000:0001"],
    ["::ffff:192.0.2.9", "192.0.2.9"],
  ] as const;
  for (const [address, long] of rows) {
    const answer = encodeResponse({ transactionId, unknown: [] }, { address, port: 1 });
    assert.equal(parseResponse(answer, transactionId)?.address, long);
  }
});

test("an attribute that must be understood and is not gets error 420 with its number", () => {
  const request = parseRequest(Buffer.from(`000100082112a442${transactionId.toString("hex")}7abc000401020304`, "hex"));
  assert.deepEqual(request?.unknown, [0x7abc]);
  const answer = encodeResponse(request ?? assert.fail(), { address: "192.0.2.1", port: 1 });
  assert.equal(answer.readUInt16BE(0), 0x0111);
  assert.equal(answer.includes(Buffer.from("000a00027abc", "hex")), true);
  assert.equal(parseResponse(answer, transactionId), undefined);
});

test("a change request that changes nothing is answered, one that asks for another address is refused", () => {
  const change = (flags: string) =>
    Buffer.from(`000100082112a442${transactionId.toString("hex")}00030004000000${flags}`, "hex");
  assert.deepEqual(parseRequest(change("00"))?.unknown, []);
  assert.deepEqual(parseRequest(change("06"))?.unknown, [0x0003]);
});

test("no prefix of a request is answered, nor a request with any bit of its fingerprint wrong", () => {
  for (let n = 0; n < tailscale.length; n++) assert.equal(parseRequest(tailscale.subarray(0, n)), undefined, `${n}`);
  for (let at = 0; at < tailscale.length; at++) {
    const bad = Buffer.from(tailscale);
    bad[at] = (bad[at] as number) ^ 0x10;
    if (at < 32 || at > 35) assert.equal(parseRequest(bad), undefined, `byte ${at}`);
  }
});

test("what is not a request gets no answer, so that two servers never talk to each other", () => {
  const answer = encodeResponse({ transactionId, unknown: [] }, { address: "192.0.2.1", port: 1 });
  assert.equal(parseRequest(answer), undefined);
  assert.equal(parseRequest(Buffer.alloc(20)), undefined);
});

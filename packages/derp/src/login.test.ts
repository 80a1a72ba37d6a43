import assert from "node:assert/strict";
import { test } from "node:test";
import { formatNodeKey, formatPrivateKey, keyPairOf, newKeyPair, parseNodeKey, parsePrivateKey } from "./keys.ts";
import {
  encodeClientInfo,
  encodeServerInfo,
  encodeServerKey,
  openClientInfo,
  openServerInfo,
  parseServerKey,
} from "./login.ts";
import { ProtocolError } from "./protocol-error.ts";

// Made with tweetnacl, another implementation of NaCl's box.
const server = keyPairOf(Buffer.from("0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20", "hex"));
const client = keyPairOf(Buffer.from("404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f", "hex"));
const nonce = Buffer.from("000102030405060708090a0b0c0d0e0f1011121314151617", "hex");
const serverKeyFrame = "010000002844455250f09f949107a37cbc142093c8b755dc1b10e86cb426374ad16aa853ed0bdfc0b2b86d1c7c";
const clientInfoFrame =
  "020000007979a631eede1bf9c98f12032cdeadd0e7a079398fc786b88cc846ec89af85a51a" +
  "000102030405060708090a0b0c0d0e0f1011121314151617" +
  "377f87675712880fa0c4350e8e4fea7b14176fa29f260cf93adeb12d1729b53d45ae1548563693ad2a77f928959357e239ddaea2327990" +
  "1326c08b893f8264ae35";
const serverInfoFrame =
  "0300000035000102030405060708090a0b0c0d0e0f1011121314151617382828d36fd0ccf18ac7f49b1ea0e93e14176fa29f260cf93adeb12d46";
const info = { version: 2, canAckPings: true, isProber: false };

const body = (hex: string) => Buffer.from(hex, "hex").subarray(5);

test("public keys follow from private keys", () => {
  assert.equal(server.publicKey.toString("hex"), "07a37cbc142093c8b755dc1b10e86cb426374ad16aa853ed0bdfc0b2b86d1c7c");
  assert.equal(client.publicKey.toString("hex"), "79a631eede1bf9c98f12032cdeadd0e7a079398fc786b88cc846ec89af85a51a");
});

test("the three login frames have the bytes of the vectors", () => {
  assert.equal(encodeServerKey(server.publicKey).toString("hex"), serverKeyFrame);
  assert.equal(encodeClientInfo(info, client, server.publicKey, { nonce }).toString("hex"), clientInfoFrame);
  assert.equal(encodeServerInfo(server.privateKey, client.publicKey, { nonce }).toString("hex"), serverInfoFrame);
});

test("the three login frames are read back", () => {
  assert.deepEqual(parseServerKey(body(serverKeyFrame)), server.publicKey);
  assert.deepEqual(openClientInfo(body(clientInfoFrame), server.privateKey), { key: client.publicKey, info });
  assert.equal(openServerInfo(body(serverInfoFrame), client, server.publicKey), 2);
});

test("a box that was changed, or made by another key, does not open", () => {
  const good = body(clientInfoFrame);
  for (let at = 0; at < good.length; at++) {
    const bad = Buffer.from(good);
    bad[at] = (bad[at] as number) ^ 1;
    assert.equal(openClientInfo(bad, server.privateKey), undefined, `byte ${at}`);
  }
  assert.equal(openClientInfo(good, newKeyPair().privateKey), undefined);
});

test("a public key of low order proves nothing", () => {
  const bad = Buffer.from(body(clientInfoFrame));
  bad.fill(0, 0, 32);
  assert.equal(openClientInfo(bad, server.privateKey), undefined);
});

test("a login too short for its fields breaks the protocol", () => {
  assert.throws(() => openClientInfo(Buffer.alloc(55), server.privateKey), ProtocolError);
  assert.throws(() => parseServerKey(Buffer.alloc(40)), ProtocolError);
});

test("keys are written and read as text, and nothing else is taken for one", () => {
  assert.deepEqual(parseNodeKey(formatNodeKey(client.publicKey)), client.publicKey);
  assert.deepEqual(parsePrivateKey(formatPrivateKey(client.privateKey)), client.privateKey);
  const hex = client.publicKey.toString("hex");
  for (const text of [hex, `privkey:${hex}`, `nodekey:${hex}0`, `nodekey:${hex.slice(1)}g`, `nodekey:${hex}\n`]) {
    assert.equal(parseNodeKey(text), undefined, text);
  }
});

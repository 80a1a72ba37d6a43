import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { test } from "node:test";
import { newKeyPair } from "./keys.ts";
import { makeMetaCertificate, parseMetaCertificate, toPem } from "./meta-certificate.ts";

const { publicKey } = newKeyPair();

test("a meta certificate tells the server's key and the protocol version", () => {
  const certificate = new X509Certificate(toPem(makeMetaCertificate(publicKey)));
  assert.equal(certificate.subject, `CN=derpkey${publicKey.toString("hex")}`);
  assert.equal(certificate.serialNumber, "02");
  assert.equal(certificate.verify(certificate.publicKey), true);
  assert.deepEqual(parseMetaCertificate(certificate), publicKey);
});

test("it is good for thirty days to both sides", () => {
  const certificate = new X509Certificate(makeMetaCertificate(publicKey, new Date("2026-03-01T12:00:00Z")));
  assert.equal(certificate.validFromDate.toISOString(), "2026-01-30T12:00:00.000Z");
  assert.equal(certificate.validToDate.toISOString(), "2026-03-31T12:00:00.000Z");
});

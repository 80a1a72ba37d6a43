import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { test } from "node:test";
import { dayMs, hourMs, minuteMs } from "@berth/kit";
import fc from "fast-check";
import { issue, issueServer, makeAuthority } from "./authority.ts";
import { fingerprintOfPem, keyAlgorithm, makeKeyPair, makeKeys, readKeys } from "./keys.ts";
import { identify } from "./peer.ts";
import { makeRequest, readRequest } from "./request.ts";
import * as x509 from "./x509.ts";

const now = new Date("2026-03-01T12:00:00Z");
const later = (ms: number) => new Date(now.getTime() + ms);
const der = (pem: string) => new X509Certificate(pem).raw;
const clientAuth = "1.3.6.1.5.5.7.3.2";
const serverAuth = "1.3.6.1.5.5.7.3.1";
const nodeName = { type: "url", value: "spiffe://berth/node/node_1" } as const;

const authority = await makeAuthority({ now });
const key = await makeKeyPair();
const good = (await issue(authority, await makeRequest(key), { nodeId: "node_1", now })).certificate;

const accept = (pem: string, at = now) => identify(der(pem), [authority.certificate], at);
const refuse = (pem: string, why: RegExp, at = now) =>
  assert.throws(() => accept(pem, at), { kind: "unauthenticated", code: "link.untrusted_certificate", message: why });

test("a certificate is the node it was issued to, by its key", () => {
  const peer = accept(good);
  assert.equal(peer.nodeId, "node_1");
  assert.equal(peer.keyFingerprint, fingerprintOfPem(key));
  assert.equal(peer.expiresAt.getTime(), later(24 * hourMs).getTime());
  assert.equal(peer.expiredForMs, 0);
});

test("a certificate keeps its identity over certificates", async () => {
  const second = await issue(authority, await makeRequest(key), { nodeId: "node_1", now: later(hourMs) });
  assert.equal(accept(second.certificate, later(hourMs)).keyFingerprint, accept(good).keyFingerprint);
  assert.equal(second.keyFingerprint, accept(good).keyFingerprint);
});

test("a certificate tells for how long it has expired", () => {
  assert.equal(accept(good, later(24 * hourMs)).expiredForMs, 0);
  assert.equal(accept(good, later(31 * dayMs)).expiredForMs, 30 * dayMs);
});

test("a certificate holds for clocks that are up to five minutes behind, and not before", () => {
  accept(good, later(-5 * minuteMs));
  refuse(good, /not valid yet/, later(-6 * minuteMs));
});

test("a certificate is nobody when signed by another authority, even one of the same name", async () => {
  const other = await makeAuthority({ now });
  const foreign = await issue(other, await makeRequest(key), { nodeId: "node_1", now });
  refuse(foreign.certificate, /not signed by/);
  assert.equal(identify(der(foreign.certificate), [authority.certificate, other.certificate], now).nodeId, "node_1");
});

test("a certificate is nobody when signed by itself", async () => {
  const keys = await makeKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=Berth authority",
    notBefore: now,
    notAfter: later(hourMs),
    signingAlgorithm: keyAlgorithm,
    keys,
    extensions: [
      new x509.ExtendedKeyUsageExtension([clientAuth]),
      new x509.SubjectAlternativeNameExtension([nodeName]),
    ],
  });
  refuse(certificate.toString("pem"), /not signed by/);
});

test("a certificate is nobody when signed by a node", async () => {
  const node = { certificate: good, privateKey: key };
  refuse((await issue(node, await makeRequest(key), { nodeId: "node_2", now })).certificate, /not signed by/);
});

test("a certificate is nobody when any byte of it was changed", () => {
  const raw = der(good);
  const change = fc.tuple(fc.nat(raw.length - 1), fc.integer({ min: 1, max: 255 }));
  fc.assert(
    fc.property(change, ([at, flip]) => {
      const forged = Buffer.from(raw);
      forged[at] = forged[at]! ^ flip;
      assert.throws(() => identify(forged, [authority.certificate], now), { kind: "unauthenticated" });
    }),
    { numRuns: 500 },
  );
});

test("a certificate is nobody when the certificate is control's, an authority's, or for any other use", async () => {
  refuse((await issueServer(authority, { names: ["localhost"], now })).certificate, /not made for nodes/);
  refuse(authority.certificate, /not made for nodes/);
  refuse(await leaf({ usages: [serverAuth] }), /not made for nodes/);
  refuse(await leaf({ usages: [clientAuth, serverAuth] }), /not made for nodes/);
  refuse(await leaf({ usages: [] }), /not made for nodes/);
  assert.equal(accept(await leaf({})).nodeId, "node_1");
});

test("a certificate is nobody when it does not name exactly one node", async () => {
  refuse(await leaf({ names: [] }), /names no node/);
  refuse(await leaf({ names: [nodeName, { ...nodeName, value: "spiffe://berth/node/node_2" }] }), /names no node/);
  refuse(await leaf({ names: [nodeName, { type: "dns", value: "example.com" }] }), /names no node/);
  refuse(await leaf({ names: [{ type: "dns", value: "URI:spiffe://berth/node/node_1" }] }), /names no node/);
  for (const id of ["", "a b", "node_1, DNS:x", "../node_1", "node_1/x", "x".repeat(65)]) {
    refuse(await leaf({ names: [{ type: "url", value: `spiffe://berth/node/${id}` }] }), /names no node/);
  }
});

test("a certificate is nobody when the bytes are no certificate", () => {
  for (const bytes of ["", "x", "-----BEGIN CERTIFICATE-----"]) {
    assert.throws(() => identify(Buffer.from(bytes), [authority.certificate], now), /cannot be read/);
  }
});

test("nobody is certified for a key that the asker does not hold, or of another curve", async () => {
  const request = Buffer.from(await makeRequest(key));
  request[request.length - 1]! ^= 1;
  await assert.rejects(readRequest(request), { code: "link.bad_request" });
  await assert.rejects(readRequest(new Uint8Array()), { code: "link.bad_request" });
  const algorithm = { name: "ECDSA", namedCurve: "P-384", hash: "SHA-384" };
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const big = await x509.Pkcs10CertificateRequestGenerator.create({ keys, signingAlgorithm: algorithm });
  await assert.rejects(readRequest(new Uint8Array(big.rawData)), { code: "link.bad_request", message: /P-256/ });
});

async function leaf({
  usages = [clientAuth],
  names = [nodeName],
}: {
  usages?: string[];
  names?: x509.JsonGeneralNames;
}) {
  const issuer = new x509.X509Certificate(authority.certificate);
  const certificate = await x509.X509CertificateGenerator.create({
    subject: "CN=leaf",
    issuer: issuer.subject,
    notBefore: now,
    notAfter: later(hourMs),
    publicKey: (await makeKeys()).publicKey,
    signingKey: (await readKeys(authority.privateKey)).privateKey,
    signingAlgorithm: keyAlgorithm,
    extensions: [
      ...(usages.length > 0 ? [new x509.ExtendedKeyUsageExtension(usages)] : []),
      ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
    ],
  });
  return certificate.toString("pem");
}

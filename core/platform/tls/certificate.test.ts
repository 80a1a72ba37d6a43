import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { makeCertificate } from "../../../tests/support/certificates.ts";
import { type Certificate, chooseCertificate, isCovered, readCertificate } from "./certificate.ts";
import { plainName, standsFor } from "./names.ts";
import { makeRequest, makeSelfSigned } from "./x509.ts";

test("a certificate is read with its names, its issuer and its time", async () => {
  const ca = await makeCertificate([]);
  const made = await makeCertificate(["Berth.Example", "*.wild.example", "203.0.113.7", "2001:DB8::7"], { issuer: ca });
  const read = readCertificate(made.certificate + ca.certificate, made.key);
  assert.deepEqual(read.names, ["berth.example", "*.wild.example", "203.0.113.7", "2001:db8::7"]);
  assert.equal(read.issuer, "an authority");
  assert.equal(read.isSelfSigned, false);
  assert.equal(read.chain.match(/BEGIN/g)?.length, 2);
  assert.ok(read.notBefore < new Date() && new Date() < read.notAfter);
  assert.equal(readCertificate(ca.certificate.replace(/^/, made.certificate), made.key).fingerprint, read.fingerprint);
});

test("what can't be served is refused in words that say why, without the key", async () => {
  const ca = await makeCertificate([]);
  const one = await makeCertificate(["one.example"], { issuer: ca });
  const other = await makeCertificate(["other.example"]);
  const weak = await makeCertificate(["weak.example"], { isRsa: true, rsaBits: 1024 });
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const locked = privateKey.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" }) as string;
  const broken = one.certificate.replace(/\n[A-Za-z0-9+/]{10}/, "\nAAAAAAAAAA");
  const wrong: [string, string, RegExp][] = [
    ["", one.key, /holds no certificate/],
    [broken, one.key, /can't be read as a certificate/],
    [one.certificate, other.key, /the key is not that of the certificate/],
    [one.certificate, "nothing", /the key can't be read/],
    [one.certificate, locked, /unencrypted private key/],
    [one.certificate + other.certificate, one.key, /chain is out of order/],
    [ca.certificate, ca.key, /names no host/],
    [weak.certificate, weak.key, /RSA needs 2048 bits/],
  ];
  for (const [chain, key, message] of wrong) {
    assert.throws(
      () => readCertificate(chain, key),
      (error: Error) => {
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /BEGIN|MI[GH]/);
        return true;
      },
    );
  }
});

test("names are compared as browsers do", () => {
  for (const [inCertificate, host, holds] of [
    ["a.example", "a.example", true],
    ["*.example.org", "a.example.org", true],
    ["*.example.org", "a.b.example.org", false],
    ["*.example.org", "example.org", false],
    ["*.0.0.1", "127.0.0.1", false],
    ["2001:db8::7", "2001:db8::7", true],
  ] as const) {
    assert.equal(standsFor(inCertificate, host), holds, `${inCertificate} for ${host}`);
  }
  assert.equal(plainName("BÜCHER.example."), "xn--bcher-kva.example");
  assert.equal(plainName("2001:DB8:0::7"), "2001:db8::7");
  assert.equal(plainName("::ffff:203.0.113.7"), "203.0.113.7");
  for (const text of ["", "a b", "-a.example", "a..example", "https://a.example", "a.example/x", "x".repeat(64)]) {
    assert.equal(plainName(text), undefined, text);
  }
});

test("of several certificates a valid one goes before one that is over, and a trusted one before a self-signed", () => {
  const now = new Date("2026-06-01T00:00:00Z");
  const of = (fingerprint: string, from: string, to: string, isSelfSigned = false): Certificate => ({
    ...{ chain: "", key: "", issuer: "", names: ["a.example"], fingerprint, isSelfSigned },
    notBefore: new Date(from),
    notAfter: new Date(to),
  });
  const over = of("over", "2026-01-01", "2026-05-01");
  const early = of("early", "2026-07-01", "2026-12-01");
  const short = of("short", "2026-05-01", "2026-06-07");
  const long = of("long", "2026-05-01", "2026-08-01");
  const own = of("own", "2026-01-01", "2027-01-01", true);
  const choose = (...those: Certificate[]) => chooseCertificate(those, "a.example", now)?.fingerprint;
  assert.equal(choose(over, own, short, long, early), "long");
  assert.equal(choose(over, own, short), "short");
  assert.equal(choose(over, own), "own");
  assert.equal(choose(over), "over");
  assert.equal(chooseCertificate([long], "b.example", now), undefined);
});

test("a self-signed certificate and a request are for the names that were asked for", async () => {
  const names = ["a.example", "203.0.113.7", "2001:db8::7"];
  const { chain, key } = await makeSelfSigned(names, new Date());
  const read = readCertificate(chain, key);
  assert.deepEqual([read.names, read.isSelfSigned], [names, true]);
  assert.ok(names.every((name) => isCovered(name, read)));
  const { request } = await makeRequest(names);
  assert.ok(request.includes("a.example") && request.includes(Buffer.from([203, 0, 113, 7])));
});

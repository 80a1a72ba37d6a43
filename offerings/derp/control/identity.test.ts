import assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { test } from "node:test";
import { catalogue } from "@berth/api";
import { dayMs } from "@berth/kit";
import { makeIdentity, pinOf } from "./identity.ts";

const now = new Date("2030-01-31T12:00:00Z");

test("a certificate outlasts the longest lease that a plan can give: a new one would be a new pin in every map", async () => {
  const { certificate } = await makeIdentity({ address: "192.0.2.1", now });
  const { validFromDate, validToDate } = new X509Certificate(certificate);
  const longest = catalogue.createPlan.input.shape.durationDays.maxValue as number;
  assert.ok(validFromDate < now);
  assert.ok(validToDate.getTime() > now.getTime() + longest * dayMs);
});

test("a certificate names the address under which clients reach it, be it a name, and holds the key beside it", async () => {
  for (const [address, name] of [
    ["192.0.2.1", "IP Address:192.0.2.1"],
    ["relay.example.com", "DNS:relay.example.com"],
  ]) {
    const { certificate, privateKey } = await makeIdentity({ address: address as string, now });
    const parsed = new X509Certificate(certificate);
    assert.equal(parsed.subjectAltName, name);
    assert.ok(parsed.checkPrivateKey(createPrivateKey(privateKey)));
    assert.match(pinOf(certificate), /^sha256-raw:[0-9a-f]{64}$/);
    assert.equal(pinOf(certificate).slice(11), parsed.fingerprint256.replaceAll(":", "").toLowerCase());
  }
});

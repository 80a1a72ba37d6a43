import assert from "node:assert/strict";
import { test } from "node:test";
import { type Making, makeCertificate } from "../../../tests/support/certificates.ts";
import { type Certificate, readCertificate } from "./certificate.ts";
import { Shelf } from "./shelf.ts";

async function certificateFor(names: readonly string[], making: Making = {}): Promise<Certificate> {
  const { certificate, key } = await makeCertificate(names, making);
  return readCertificate(certificate, key);
}

const shelfFor = (names: string[], now = () => new Date()) => new Shelf(names, { now, rules: { hasTls12: false } });

test("an operator's own file goes before what an authority issued, until it is over", async () => {
  let movedMs = 0;
  const shelf = shelfFor(["a.example"], () => new Date(Date.now() + movedMs));
  const own = await certificateFor(["a.example"], { days: { from: -1, to: 10 } });
  const issued = await certificateFor(["a.example"], { issuer: await makeCertificate([]) });
  shelf.put("kept", [issued]);
  shelf.put("files", [own]);
  const served = () => shelf.inUse().map(({ fingerprint }) => fingerprint);
  assert.deepEqual(served(), [own.fingerprint]);
  movedMs = 11 * 86_400_000;
  assert.deepEqual(served(), [issued.fingerprint]);
});

test("what is served is made ready once, and forgotten with its certificate", async () => {
  const shelf = shelfFor(["a.example", "203.0.113.7"]);
  assert.equal(shelf.contextFor("a.example"), undefined);
  assert.equal(shelf.usual(), undefined);
  const named = await certificateFor(["a.example"]);
  const bare = await certificateFor(["203.0.113.7"]);
  shelf.put("kept", [named, bare]);
  const context = shelf.contextFor("A.example");
  assert.equal(shelf.contextFor("a.example"), context);
  assert.equal(shelf.usual()?.cert, bare.chain, "who asks for no name asks for the address");
  assert.equal(shelf.contextFor(undefined), shelf.contextFor("unknown.example"));
  shelf.put("kept", [await certificateFor(["a.example"]), bare]);
  assert.notEqual(shelf.contextFor("a.example"), context);
});

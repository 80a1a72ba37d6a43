import assert from "node:assert/strict";
import { createHash, createPublicKey } from "node:crypto";
import type { Duplex } from "node:stream";
import { type TestContext, test } from "node:test";
import { selfSign, toPem } from "@berth/derp";
import { sleep } from "@berth/kit";
import { silentLog } from "./log.ts";
import { openRendezvous, type Rendezvous } from "./rendezvous.ts";
import { dialRendezvous } from "./rendezvous-dial.ts";
import { sealAsNode, sealAsVisitor } from "./rendezvous-seal.ts";
import { hashOfTicket } from "./rendezvous-ticket.ts";

const { certificate: der, privateKey: key } = selfSign("node");
const node = { certificate: toPem(der), privateKey: key.export({ type: "pkcs8", format: "pem" }).toString() };
const spki = createPublicKey(node.certificate).export({ format: "der", type: "spki" });
const nodeKey = createHash("sha256").update(spki).digest("hex");
const proofHash = hashOfTicket("proof");

async function openOne(t: TestContext) {
  const rendezvous = await openRendezvous({ host: "127.0.0.1", port: 0, log: silentLog });
  const over = new AbortController();
  t.after(async () => {
    over.abort();
    await rendezvous.close();
  });
  const { port, pin } = rendezvous;
  const dial = (change: { pin?: string; ticket?: string } = {}) =>
    dialRendezvous({ host: "127.0.0.1", port, pin, ticket: "ticket", ...change }, over.signal);
  return { rendezvous, dial };
}

async function joined(t: TestContext): Promise<[Duplex, Duplex]> {
  const { rendezvous, dial } = await openOne(t);
  rendezvous.expect(hashOfTicket("ticket"), new Date(Date.now() + 60_000));
  return Promise.all([dial(), dial()]);
}

async function heard(stream: Duplex, text: string): Promise<void> {
  let all = "";
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    all += chunk;
    if (all.length >= text.length) break;
  }
  assert.equal(all, text);
}

test("a node and a visitor that are joined talk under TLS of their own, and know each other", async (t) => {
  const [one, other] = await joined(t);
  const [near, far] = await Promise.all([
    sealAsVisitor(one, { nodeKey, proof: "proof" }),
    sealAsNode(other, { ...node, proofHash }),
  ]);
  near.write("hello");
  await heard(far, "hello");
  far.write("you");
  await heard(near, "you");
  const closed = new Promise((resolve) => far.once("close", resolve));
  near.destroy();
  await closed;
});

test("a visitor says nothing to whoever is not the node", async (t) => {
  const [one, other] = await joined(t);
  const visit = sealAsVisitor(one, { nodeKey: "0".repeat(64), proof: "proof" });
  const serve = sealAsNode(other, { ...node, proofHash });
  await assert.rejects(visit, { code: "rendezvous.not_proven" });
  await assert.rejects(serve, { code: "rendezvous.not_proven" });
});

test("a node serves nobody who can't prove that they were announced", async (t) => {
  const [one, other] = await joined(t);
  const serve = assert.rejects(sealAsNode(other, { ...node, proofHash }), { code: "rendezvous.not_proven" });
  const visit = await sealAsVisitor(one, { nodeKey, proof: "guessed" });
  await serve;
  if (!visit.destroyed) await new Promise((resolve) => visit.once("close", resolve));
});

test("a ticket is shown to no relay but the one that was meant, and nobody waits for one that is not there", async (t) => {
  const { rendezvous, dial } = await openOne(t);
  await assert.rejects(dial({ pin: "0".repeat(64) }), { code: "rendezvous.other_certificate" });
  await assert.rejects(dial({ ticket: "forged" }), { code: "rendezvous.not_joined" });
  await untilEmpty(rendezvous);
  await rendezvous.close();
  await assert.rejects(dial(), { code: "rendezvous.unreachable" });
});

async function untilEmpty(rendezvous: Rendezvous): Promise<void> {
  for (let waited = 0; rendezvous.connections > 0; waited += 10) {
    assert.ok(waited < 5_000);
    await sleep(10);
  }
}

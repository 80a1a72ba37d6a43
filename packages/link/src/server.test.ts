import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { after, test } from "node:test";
import { Refusal } from "@berth/kit";
import { nextTestPort } from "../../../tests/support/ports.ts";
import { issue, issueServer, makeAuthority } from "./authority.ts";
import { enrol, type NodeIdentity, openSync, renew } from "./client.ts";
import type { AgentMessage } from "./gen/berth/link/v1/link_pb.ts";
import { formatJoinToken, parseJoinToken } from "./join-token.ts";
import { authorityFingerprint, fingerprintOfPem, makeKeyPair } from "./keys.ts";
import type { AgentMessageInit, ControlMessageInit } from "./messages.ts";
import { makeRequest } from "./request.ts";
import { type LinkServer, serveLink } from "./server.ts";
import type { LinkHandlers, NodeCaller } from "./service.ts";

const secret = "0123456789abcdefghjkmnpqrstvwxyz";
const port = nextTestPort();
const url = `https://127.0.0.1:${port}`;

let now = new Date();
const authority = await makeAuthority({ now });
let sync: LinkHandlers["sync"] = echo;
const bugs: unknown[] = [];
const hours = 24;

const handlers: LinkHandlers = {
  async enrol({ token, request }) {
    if (parseJoinToken(token).secret !== secret)
      throw new Refusal("forbidden", "fleet.bad_token", "the token is spent");
    const { certificate } = await issue(authority, request, { nodeId: "node_1", now, hours });
    return { nodeId: "node_1", certificate, authorities: authority.certificate };
  },
  async renew({ request }, { peer }) {
    const { certificate } = await issue(authority, request, { nodeId: peer.nodeId, now, hours });
    return { certificate, authorities: authority.certificate };
  },
  sync: (messages, caller) => sync(messages, caller),
};
const token = () => formatJoinToken({ secret, authority: authorityFingerprint(authority.certificate) });

async function serve(signedBy = authority): Promise<LinkServer> {
  const { certificate, privateKey } = await issueServer(signedBy, { names: ["127.0.0.1"], now: new Date() });
  const credentials = { certificate, key: privateKey, authorities: authority.certificate };
  const onError = (error: unknown) => void bugs.push(error);
  return serveLink({ port, host: "127.0.0.1", ...credentials, handlers, now: () => now, onError });
}

async function join(): Promise<NodeIdentity> {
  return enrol({ url, token: token(), name: "one", privateKey: await makeKeyPair() });
}

let server: LinkServer = await serve();
after(() => server.close());

test("the link trades a join token for an identity", async () => {
  const identity = await join();
  assert.equal(identity.nodeId, "node_1");
  assert.equal(fingerprintOfPem(identity.certificate), fingerprintOfPem(identity.privateKey));
});

test("the link hands on a refusal with its kind and code", async () => {
  const spent = formatJoinToken({ ...parseJoinToken(token()), secret: "x".repeat(32) });
  const attempt = enrol({ url, token: spent, name: "one", privateKey: await makeKeyPair() });
  await assert.rejects(attempt, {
    name: "Refusal",
    kind: "forbidden",
    code: "fleet.bad_token",
    message: "the token is spent",
  });
});

test("the link sends the join token to nobody but the control it is for", async () => {
  const other = await makeAuthority({ now: new Date() });
  const foreign = formatJoinToken({ secret, authority: authorityFingerprint(other.certificate) });
  const attempt = enrol({ url, token: foreign, name: "one", privateKey: await makeKeyPair() });
  await assert.rejects(attempt, { code: "link.other_authority" });
});

test("the link does not believe a server that shows the right authority in its chain but is not signed by it", async () => {
  await server.close();
  const impostor = await makeAuthority({ now: new Date() });
  server = await serve({ certificate: authority.certificate, privateKey: impostor.privateKey });
  await assert.rejects(join(), /signature failure|certificate/);
  await server.close();
  server = await serve();
});

test("the link carries messages both ways and tells the handler who speaks", async () => {
  const identity = await join();
  const callers: NodeCaller[] = [];
  sync = (messages, caller) => {
    callers.push(caller);
    return echo(messages);
  };
  const heard: bigint[] = [];
  for await (const { message } of openSync({ url, identity, messages: readings(1n, 2n, 3n) })) {
    if (message.case === "readingsAccepted") heard.push(message.value.sequence);
  }
  assert.deepEqual(heard, [1n, 2n, 3n]);
  assert.equal(callers[0]?.peer.nodeId, "node_1");
  assert.equal(callers[0]?.peer.keyFingerprint, fingerprintOfPem(identity.privateKey));
  assert.equal(callers[0]?.address, "127.0.0.1");
  assert.equal(callers[0]?.signal.aborted, true);
  sync = echo;
});

test("the link refuses Sync and Renew to whoever has no certificate, or one of another authority", async () => {
  const identity = await join();
  const other = await makeAuthority({ now });
  const request = await makeRequest(identity.privateKey);
  const forged = { ...identity, certificate: (await issue(other, request, { nodeId: "node_1", now })).certificate };
  await assert.rejects(drain(openSync({ url, identity: forged, messages: readings(1n) })), {
    code: "link.untrusted_certificate",
  });
  await assert.rejects(renew(url, forged), { code: "link.untrusted_certificate" });
  const bare = { ...identity, certificate: undefined as unknown as string };
  await assert.rejects(drain(openSync({ url, identity: bare, messages: readings(1n) })), {
    code: "link.no_certificate",
  });
});

test("the link renews an expired certificate for 180 days, and lets it do nothing else", async () => {
  const started = now;
  const identity = await join();
  now = new Date(started.getTime() + 30 * 24 * 3_600_000);
  await assert.rejects(drain(openSync({ url, identity, messages: readings(1n) })), {
    code: "link.certificate_expired",
  });
  const renewed = await renew(url, identity);
  await drain(openSync({ url, identity: renewed, messages: readings(1n) }));
  now = new Date(started.getTime() + 182 * 24 * 3_600_000);
  await assert.rejects(renew(url, identity), { code: "link.certificate_too_late" });
  now = started;
});

test("the link renews a certificate for the same key only", async () => {
  const identity = await join();
  const stolen = { ...identity, privateKey: await makeKeyPair() };
  // The TLS library refuses a key that does not fit, so the request is what differs.
  const attempt = renewWith(identity, await makeRequest(stolen.privateKey));
  await assert.rejects(attempt, { code: "link.other_key" });
});

test("the link says nothing about a bug but reports it", async () => {
  const identity = await join();
  sync = async function* () {
    yield { message: { case: "welcome", value: { nowMs: 1n, heartbeatSeconds: 5 } } };
    throw new Error("secret of the house");
  };
  const attempt = drain(openSync({ url, identity, messages: readings(1n) }));
  await assert.rejects(attempt, (error: Error) => !error.message.includes("secret"));
  assert.match(String(bugs.at(-1)), /secret of the house/);
  sync = echo;
});

test("the link ends open streams and returns within two seconds when it closes", async () => {
  const identity = await join();
  sync = async function* (messages) {
    yield { message: { case: "welcome", value: { nowMs: 1n, heartbeatSeconds: 5 } } };
    for await (const _ of messages) await new Promise(() => undefined); // a handler that never comes back
  };
  const stream = openSync({ url, identity, messages: never() });
  await stream.next();
  const idle = connect(port, "127.0.0.1");
  await once(idle, "connect");
  const rest = assert.rejects(drain(stream), /control is stopping/);
  const startedAt = performance.now();
  await server.close();
  assert.ok(performance.now() - startedAt < 2_000);
  await rest;
  idle.destroy();
  sync = echo;
  server = await serve();
});

test("the link goes over to new credentials without dropping open streams", async () => {
  const identity = await join();
  const stream = openSync({ url, identity, messages: readings(1n, 2n) });
  await stream.next();
  const successor = await makeAuthority({ now: new Date() });
  const { certificate, privateKey } = await issueServer(successor, { names: [], now: new Date() });
  const authorities = `${authority.certificate}\n${successor.certificate}`;
  server.reload({ certificate, key: privateKey, authorities });
  await drain(stream);
  await assert.rejects(renew(url, identity), /certificate/);
  await renew(url, { ...identity, authorities });
});

async function renewWith(identity: NodeIdentity, request: Uint8Array): Promise<void> {
  const { createClient } = await import("@connectrpc/connect");
  const { createGrpcTransport } = await import("@connectrpc/connect-node");
  const { AgentService } = await import("./gen/berth/link/v1/link_pb.ts");
  const { findRefusal } = await import("./refusal.ts");
  const nodeOptions = { cert: identity.certificate, key: identity.privateKey, ca: authority.certificate };
  const client = createClient(
    AgentService,
    createGrpcTransport({ baseUrl: url, nodeOptions, idleConnectionTimeoutMs: 1 }),
  );
  await client.renew({ request }).catch((error) => {
    throw findRefusal(error) ?? error;
  });
}

async function* echo(messages: AsyncIterable<AgentMessage>): AsyncGenerator<ControlMessageInit> {
  for await (const { message } of messages) {
    if (message.case === "readings") {
      yield { message: { case: "readingsAccepted", value: { sequence: message.value.sequence } } };
    }
  }
}

async function* readings(...sequences: bigint[]): AsyncGenerator<AgentMessageInit> {
  for (const sequence of sequences) yield { message: { case: "readings", value: { sequence, readings: [] } } };
}

async function* never(): AsyncGenerator<AgentMessageInit> {
  yield* readings(1n);
  await new Promise(() => undefined);
}

async function drain(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of stream);
}

import { connect as connectTls, type PeerCertificate } from "node:tls";
import { Refusal, secondMs } from "@berth/kit";
import { type Client, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { controlUri } from "./authority.ts";
import { ClientSession } from "./client-session.ts";
import { AgentService, type ControlMessage, type StreamMessage } from "./gen/berth/link/v1/link_pb.ts";
import { parseJoinToken } from "./join-token.ts";
import { authorityFingerprint, splitCertificates } from "./keys.ts";
import { agentMessageMaxBytes, controlMessageMaxBytes } from "./limits.ts";
import type { AgentMessageInit, StreamMessageInit } from "./messages.ts";
import { findRefusal } from "./refusal.ts";
import { makeRequest } from "./request.ts";
import { untilAborted } from "./streams.ts";

/** What a node holds to show who it is. `privateKey` is a secret. */
export interface NodeIdentity {
  readonly nodeId: string;
  /** PKCS #8, PEM. */
  readonly privateKey: string;
  /** PEM. */
  readonly certificate: string;
  /** PEM, every authority whose control is trusted. The first one signs now. */
  readonly authorities: string;
}

const callMs = 15 * secondMs;

export interface Enrolment {
  /** `https://host:port` of control's link. */
  readonly url: string;
  /** See `formatJoinToken`. It is sent to nobody but a server of the authority that it names. */
  readonly token: string;
  readonly name: string;
  /** PKCS #8, PEM: the key that is to be the node's identity. */
  readonly privateKey: string;
  readonly signal?: AbortSignal;
}

/** Trades a join token for an identity. Throws a `Refusal` when control refuses the token. */
export async function enrol({ url, token, name, privateKey, signal }: Enrolment): Promise<NodeIdentity> {
  const authorities = await fetchAuthority(url, parseJoinToken(token).authority);
  const request = await makeRequest(privateKey);
  const reply = await call({ url, authorities }, (client) =>
    client.enrol({ token, request, name }, { signal, timeoutMs: callMs }),
  );
  return { nodeId: reply.nodeId, certificate: reply.certificate, authorities: reply.authorities, privateKey };
}

/** A new certificate for the same key; the present one may have expired. Throws a `Refusal` for a revoked key. */
export async function renew(url: string, identity: NodeIdentity, signal?: AbortSignal): Promise<NodeIdentity> {
  const request = await makeRequest(identity.privateKey);
  const reply = await call({ url, ...identity }, (client) => client.renew({ request }, { signal, timeoutMs: callMs }));
  return { ...identity, certificate: reply.certificate, authorities: reply.authorities };
}

export interface SyncOptions {
  readonly url: string;
  readonly identity: NodeIdentity;
  /** The first one is `Hello`. */
  readonly messages: AsyncIterable<AgentMessageInit>;
  readonly signal?: AbortSignal;
}

/** One stream on a connection of its own. Ends when either side ends it; throws when it broke, or a `Refusal`. */
export function openSync(options: SyncOptions): AsyncGenerator<ControlMessage> {
  return dial(options, (client, messages, signal) => client.sync(messages, { signal }));
}

export interface FlowOptions extends Omit<SyncOptions, "messages"> {
  /** The first one is `opened`. */
  readonly messages: AsyncIterable<StreamMessageInit>;
}

/** This node's end of one flow, on a connection of its own, as `openSync`. */
export function openFlow(options: FlowOptions): AsyncGenerator<StreamMessage> {
  return dial(options, (client, messages, signal) => client.stream(messages, { signal }));
}

type Begin<In, Out> = (
  client: Client<typeof AgentService>,
  messages: AsyncIterable<In>,
  signal: AbortSignal,
) => AsyncIterable<Out>;

async function* dial<In, Out>(
  { url, identity, messages, signal }: Omit<SyncOptions, "messages"> & { messages: AsyncIterable<In> },
  begin: Begin<In, Out>,
): AsyncGenerator<Out> {
  const over = new AbortController();
  const either = signal ? AbortSignal.any([signal, over.signal]) : over.signal;
  const { client, close } = open({ url, ...identity });
  // Connecting has no time limit of its own; a control that is there answers at once.
  const timer = setTimeout(() => over.abort(new Error("control did not answer in time")), callMs);
  try {
    for await (const message of begin(client, untilAborted(either, messages), either)) {
      clearTimeout(timer);
      yield message;
    }
  } catch (error) {
    throw findRefusal(error) ?? error;
  } finally {
    clearTimeout(timer);
    over.abort();
    close();
  }
}

interface Credentials {
  readonly url: string;
  readonly authorities: string;
  readonly certificate?: string;
  readonly privateKey?: string;
}

async function call<T>(
  credentials: Credentials,
  work: (client: Client<typeof AgentService>) => Promise<T>,
): Promise<T> {
  const { client, close } = open(credentials);
  try {
    return await work(client);
  } catch (error) {
    throw findRefusal(error) ?? error;
  } finally {
    close();
  }
}

function open({ url, authorities, certificate, privateKey }: Credentials) {
  const session = new ClientSession(url, {
    ca: splitCertificates(authorities),
    cert: certificate,
    key: certificate ? privateKey : undefined,
    minVersion: "TLSv1.3",
    checkServerIdentity: requireControl,
  });
  const transport = createGrpcTransport({
    baseUrl: url,
    sessionManager: session,
    acceptCompression: [],
    readMaxBytes: controlMessageMaxBytes,
    writeMaxBytes: agentMessageMaxBytes,
  });
  return { client: createClient(AgentService, transport), close: () => session.close() };
}

/** Control is who the authority says it is, under whatever name or address it was reached. */
function requireControl(host: string, { subjectaltname = "" }: PeerCertificate): Error | undefined {
  // The first name, see `issueServer`: what follows a comma could be a part of another name.
  return /^URI:([^,]*)/.exec(subjectaltname)?.[1] === controlUri ? undefined : new Error(`${host} is not control`);
}

/**
 * The authority that a join token names, as PEM, from the chain that the server presents. Nothing is trusted and nothing
 * sent here: the caller makes an ordinary verified connection with it.
 */
async function fetchAuthority(url: string, wanted: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, "");
  const socket = connectTls({ host, port: Number(port || 443), rejectUnauthorized: false, ALPNProtocols: ["h2"] });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("secureConnect", resolve).once("error", reject);
      socket.setTimeout(callMs, () => reject(new Error("control did not answer in time")));
    });
    const authority = chainOf(socket.getPeerCertificate(true)).find((der) => authorityFingerprint(der) === wanted);
    if (authority) return toPem(authority);
  } finally {
    socket.destroy();
  }
  throw new Refusal("unauthenticated", "link.other_authority", `${url} is not the control that the join token is for`);
}

function chainOf(leaf: PeerCertificate & { issuerCertificate?: PeerCertificate }): Uint8Array[] {
  const chain = new Map<string, Uint8Array>();
  let next: typeof leaf | undefined = leaf;
  // A root is its own issuer.
  while (next?.raw && !chain.has(next.fingerprint256)) {
    chain.set(next.fingerprint256, next.raw);
    next = next.issuerCertificate;
  }
  return [...chain.values()];
}

function toPem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

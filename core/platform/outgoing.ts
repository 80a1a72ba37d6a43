import { type LookupAddress, lookup } from "node:dns";
import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from "node:http";
import { Agent as HttpsAgent, request as requestHttps } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { promisify } from "node:util";
import { Refusal, secondMs } from "@berth/kit";
import { isPublicAddress } from "./outgoing-addresses.ts";

export interface OutgoingRequest {
  /** As somebody named it. */
  readonly url: string;
  readonly method?: "GET" | "POST" | "PUT" | "DELETE";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** For everything together: looking up, connecting, redirects, the body. */
  readonly timeoutMs?: number;
  readonly mostBytes?: number;
}

export interface OutgoingReply {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
  /** Where it came from, after redirects. */
  readonly url: string;
}

type Resolve = (host: string) => Promise<readonly LookupAddress[]>;

/** What may be reached. The defaults are for addresses that anybody may name. */
export interface OutgoingPolicy {
  readonly protocols?: readonly ("https:" | "http:")[];
  readonly ports?: readonly number[];
  readonly isAllowed?: (address: string) => boolean;
  readonly resolve?: Resolve;
  /** Certificates to trust besides the public ones. */
  readonly ca?: string;
}

const lookUp: Resolve = (host) => promisify(lookup)(host, { all: true });

const strict = {
  protocols: ["https:"],
  ports: [443, 8443],
  isAllowed: isPublicAddress,
  resolve: lookUp,
} as const satisfies OutgoingPolicy;

type Policy = typeof strict | Required<Omit<OutgoingPolicy, "ca">>;
type Rules = Policy & Pick<OutgoingPolicy, "ca">;

const mostRedirects = 3;

/**
 * The only way out to addresses that people name. A name is looked up once, every address it has must be public, and one of
 * just these is dialled, so that a second answer of its DNS changes nothing. No proxy, no cookies, no reused connection.
 * Redirects are followed on the same origin only, each checked again.
 */
export async function sendOut(request: OutgoingRequest, policy: OutgoingPolicy = {}): Promise<OutgoingReply> {
  const rules: Rules = { ...strict, ...policy };
  const signal = AbortSignal.timeout(request.timeoutMs ?? 10 * secondMs);
  let next: OutgoingRequest = request;
  for (let hops = 0; hops <= mostRedirects; hops++) {
    const url = readAddress(next.url, rules);
    const reply = await sendOnce(url, next, rules, signal);
    const target = redirectOf(url, reply);
    if (!target) return reply;
    next = followed(next, reply.status, target);
  }
  throw new Refusal("unavailable", "outgoing.redirects", `more than ${mostRedirects} redirects`);
}

/** Refuses what is no plain web address. URL has already written odd forms of an IPv4 address in the usual one. */
function readAddress(text: string, { protocols, ports }: Rules): URL {
  if (!URL.canParse(text)) throw refused("this is not a web address");
  const url = new URL(text);
  if (!(protocols as readonly string[]).includes(url.protocol)) {
    throw refused(`the address must begin with ${protocols.map((protocol) => `${protocol}//`).join(" or ")}`);
  }
  if (url.username || url.password) throw refused("the address must not hold a name or password");
  const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
  if (!(ports as readonly number[]).includes(port)) throw refused(`port ${port} can't be reached from here`);
  return url;
}

async function sendOnce(url: URL, request: OutgoingRequest, rules: Rules, signal: AbortSignal): Promise<OutgoingReply> {
  const addresses = await addressesOf(url, rules, signal);
  try {
    return await exchange(url, { request, addresses, ca: rules.ca, signal });
  } catch (error) {
    if (error instanceof Refusal) throw error;
    // One answer for all ways not to be reached: they would tell apart what runs where.
    throw new Refusal("unavailable", "outgoing.unreachable", `${url.host} could not be reached`);
  }
}

/** All addresses of a host, every one of them checked: one bad one spoils the name. */
async function addressesOf(url: URL, { resolve, isAllowed }: Rules, signal: AbortSignal): Promise<LookupAddress[]> {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const family = isIP(host);
  const found = family ? [{ address: host, family }] : await soon(resolve(host), signal).catch(() => []);
  if (found.length === 0) throw new Refusal("unavailable", "outgoing.unreachable", `${url.host} could not be reached`);
  for (const { address } of found) {
    if (!isAllowed(address)) throw refused(`${url.hostname} is not on the public internet`);
  }
  return [...found];
}

/** What comes first, the result or the end of the time; looking up can't be broken off. */
function soon<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    work.then(resolve, reject);
  });
}

interface Dialling {
  readonly request: OutgoingRequest;
  readonly addresses: readonly LookupAddress[];
  readonly ca: string | undefined;
  readonly signal: AbortSignal;
}

function exchange(url: URL, { request, addresses, ca, signal }: Dialling): Promise<OutgoingReply> {
  const isSecure = url.protocol === "https:";
  // An agent of its own: the global one may use a proxy, and keeps connections.
  const agent = isSecure ? new HttpsAgent({ keepAlive: false }) : new HttpAgent({ keepAlive: false });
  const { method = "GET", body, mostBytes = 1024 * 1024 } = request;
  return new Promise((resolve, reject) => {
    const sent = (isSecure ? requestHttps : requestHttp)(url, {
      method,
      headers: {
        "user-agent": "Berth",
        ...request.headers,
        ...(body ? { "content-length": Buffer.byteLength(body) } : {}),
      },
      agent,
      ca,
      signal,
      lookup: pinnedTo(addresses),
    });
    sent.on("error", reject);
    sent.on("response", (response) => {
      readBody(response, mostBytes).then(
        (read) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: read, url: url.href }),
        reject,
      );
    });
    sent.end(body);
  });
}

/** Answers a socket's question for addresses with those that were checked. */
function pinnedTo(addresses: readonly LookupAddress[]): LookupFunction {
  return (_host, options, callback) => {
    if (options.all) callback(null, [...addresses]);
    else callback(null, addresses[0]?.address as string, addresses[0]?.family);
  };
}

async function readBody(response: IncomingMessage, mostBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    size += chunk.length;
    // Leaving the loop destroys the response, and its socket with it.
    if (size > mostBytes)
      throw new Refusal("unavailable", "outgoing.too_large", `the reply has over ${mostBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function redirectOf(from: URL, { status, headers }: OutgoingReply): string | undefined {
  if (![301, 302, 303, 307, 308].includes(status) || !headers.location) return undefined;
  if (!URL.canParse(headers.location, from))
    throw new Refusal("unavailable", "outgoing.redirects", "a redirect to nowhere");
  const to = new URL(headers.location, from);
  if (to.origin !== from.origin) throw new Refusal("unavailable", "outgoing.redirects", "a redirect to another host");
  return to.href;
}

/** As browsers do: 307 and 308 repeat the request, the others fetch what is at the new place. */
function followed(request: OutgoingRequest, status: number, url: string): OutgoingRequest {
  if (status === 307 || status === 308) return { ...request, url };
  return { ...request, url, method: "GET", body: undefined };
}

function refused(why: string): Refusal {
  return new Refusal("invalid", "outgoing.refused", why);
}

import { secondMs, sleep } from "@berth/kit";
import { z } from "zod";
import { type OutgoingPolicy, type OutgoingReply, sendOut } from "../outgoing.ts";
import type { AccountKey } from "./acme-jws.ts";
import { AcmeProblem, toAcmeProblem } from "./acme-problem.ts";
import { isAddress } from "./names.ts";

/** A certificate authority as the operator names it. */
export interface AcmeAuthority {
  readonly directory: string;
  /** PEM: who vouches for the directory itself, when that is nobody public. */
  readonly ca?: string;
}

const directory = z.object({
  newNonce: z.url(),
  newAccount: z.url(),
  newOrder: z.url(),
  meta: z.object({ profiles: z.record(z.string(), z.string()).optional() }).optional(),
});

const problem = z.looseObject({}).optional();
const order = z.object({
  status: z.enum(["pending", "ready", "processing", "valid", "invalid"]),
  authorizations: z.array(z.url()),
  finalize: z.url(),
  certificate: z.url().optional(),
  error: problem,
});
const authorization = z.object({
  status: z.enum(["pending", "valid", "invalid", "deactivated", "expired", "revoked"]),
  identifier: z.object({ value: z.string() }),
  challenges: z.array(
    z.object({
      type: z.string(),
      url: z.url(),
      token: z
        .string()
        .regex(/^[A-Za-z0-9_-]{16,128}$/)
        .optional(),
      error: problem,
    }),
  ),
});

export type Order = z.output<typeof order> & { readonly url: string };
type Authorization = z.output<typeof authorization>;
type Directory = z.output<typeof directory>;

export interface NewAccount {
  readonly email?: string | undefined;
  readonly external?: { readonly keyId: string; readonly key: string } | undefined;
}

interface Sent {
  readonly reply: OutgoingReply;
  readonly json: unknown;
}

/** How long an authority may take to look at a challenge, or to sign. */
const patienceMs = 90 * secondMs;

/** Speaks ACME (RFC 8555, addresses by RFC 8738, profiles by draft-ietf-acme-profiles) as one account of one authority. */
export class AcmeClient {
  readonly #authority: AcmeAuthority;
  readonly #key: AccountKey;
  readonly #signal: AbortSignal;
  readonly #policy: OutgoingPolicy;
  #account: string | undefined;
  #directory: Directory | undefined;
  #nonce: string | undefined;

  constructor(authority: AcmeAuthority, key: AccountKey, signal: AbortSignal) {
    this.#authority = authority;
    this.#key = key;
    this.#signal = signal;
    const port = Number(new URL(authority.directory).port || 443);
    // The operator names the authority, which may be one of their own network.
    this.#policy = { ports: [443, port], isAllowed: () => true, ca: authority.ca };
  }

  /** Asks as an account that was made before. */
  useAccount(url: string): void {
    this.#account = url;
  }

  /** Makes the account, or finds the one that this key has already. Agrees to the authority's terms. */
  async register({ email, external }: NewAccount): Promise<string> {
    const { newAccount } = await this.#begin();
    const { reply } = await this.#post(newAccount, {
      termsOfServiceAgreed: true,
      ...(email ? { contact: [`mailto:${email}`] } : {}),
      ...(external ? { externalAccountBinding: this.#key.bind(newAccount, external) } : {}),
    });
    this.#account = locationOf(reply);
    return this.#account;
  }

  /** Whether the authority issues by a profile of this name. */
  async hasProfile(name: string): Promise<boolean> {
    return Object.hasOwn((await this.#begin()).meta?.profiles ?? {}, name);
  }

  async order(names: readonly string[], profile: string | undefined): Promise<Order> {
    const { newOrder } = await this.#begin();
    const identifiers = names.map((value) => ({ type: isAddress(value) ? "ip" : "dns", value }));
    const { reply, json } = await this.#post(newOrder, { identifiers, ...(profile ? { profile } : {}) });
    return { ...read(order, json), url: locationOf(reply) };
  }

  async authorization(url: string): Promise<Authorization> {
    return read(authorization, (await this.#post(url)).json);
  }

  /** Says that the answer to a challenge is in its place. */
  async ready(challengeUrl: string): Promise<void> {
    await this.#post(challengeUrl, {});
  }

  /** Waits until the authority has made up its mind about a name, and gives what it has against it. */
  async problemsOf(url: string): Promise<string[]> {
    const { status, identifier, challenges } = await this.#poll(
      url,
      authorization,
      ({ status }) => status !== "pending",
    );
    if (status === "valid") return [];
    const { error } = challenges.find(({ error }) => error) ?? {};
    return [`${identifier.value}: ${toAcmeProblem(error, `the authority says ${status}`).message}`];
  }

  /** Sends the request for the certificate, and gives the chain in PEM. */
  async finalize({ finalize, url }: Order, request: Buffer): Promise<string> {
    await this.#post(finalize, { csr: request.toString("base64url") });
    const done = await this.#poll(url, order, ({ status }) => status === "valid" || status === "invalid");
    if (!done.certificate) throw toAcmeProblem(done.error, "the authority did not issue the certificate");
    const { reply } = await this.#post(done.certificate);
    return reply.body.toString();
  }

  async #poll<Schema extends z.ZodType>(
    url: string,
    schema: Schema,
    isOver: (value: z.output<Schema>) => boolean,
  ): Promise<z.output<Schema>> {
    const until = Date.now() + patienceMs;
    for (let waitMs = 250; ; waitMs = Math.min(2 * waitMs, 5 * secondMs)) {
      const { reply, json } = await this.#post(url);
      const value = read(schema, json);
      if (isOver(value)) return value;
      if (Date.now() > until) throw new AcmeProblem("the authority took too long");
      const asked = Number(reply.headers["retry-after"] ?? 0) * secondMs;
      await sleep(Math.min(Math.max(asked || 0, waitMs), 10 * secondMs), this.#signal);
    }
  }

  async #begin(): Promise<Directory> {
    if (!this.#directory) {
      const reply = await this.#send({ url: this.#authority.directory });
      this.#directory = read(directory, parse(reply));
    }
    return this.#directory;
  }

  /** A signed request; without a payload it only reads. A nonce that was too old is replaced once or twice. */
  async #post(url: string, payload?: object): Promise<Sent> {
    for (let attempt = 1; ; attempt++) {
      const body = this.#key.sign({ url, nonce: await this.#takeNonce(), kid: this.#account }, payload);
      const reply = await this.#send({
        url,
        method: "POST",
        body,
        headers: { "content-type": "application/jose+json" },
      });
      if (reply.status < 400) return { reply, json: parse(reply) };
      const problem = toAcmeProblem(parse(reply), `${new URL(url).host} answered ${reply.status}`, reply);
      if (problem.type !== "badNonce" || attempt === 5) throw problem;
    }
  }

  async #takeNonce(): Promise<string> {
    if (!this.#nonce) await this.#send({ url: (await this.#begin()).newNonce });
    const nonce = this.#nonce;
    this.#nonce = undefined;
    if (!nonce) throw new AcmeProblem("the authority gave no nonce");
    return nonce;
  }

  async #send(request: Parameters<typeof sendOut>[0]): Promise<OutgoingReply> {
    this.#signal.throwIfAborted();
    const reply = await sendOut({ ...request, timeoutMs: 20 * secondMs }, this.#policy);
    const nonce = reply.headers["replay-nonce"];
    if (typeof nonce === "string") this.#nonce = nonce;
    return reply;
  }
}

function parse({ body, headers }: OutgoingReply): unknown {
  if (!/json/.test(headers["content-type"] ?? "")) return undefined;
  try {
    return JSON.parse(body.toString());
  } catch (cause) {
    throw new AcmeProblem("the authority's answer can't be read", { cause });
  }
}

function read<Schema extends z.ZodType>(schema: Schema, json: unknown): z.output<Schema> {
  const { data, error } = schema.safeParse(json);
  if (error) throw new AcmeProblem("the authority's answer is not what ACME says", { cause: error });
  return data as z.output<Schema>;
}

function locationOf({ headers }: OutgoingReply): string {
  if (!headers.location) throw new AcmeProblem("the authority's answer lacks an address");
  return headers.location;
}

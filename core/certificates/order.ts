import { record } from "../audit/index.ts";
import { type Context, transaction } from "../platform/context.ts";
import { isDatabaseAway } from "../platform/database.ts";
import { type AcmeAuthority, AcmeClient, type NewAccount, type Order } from "../platform/tls/acme-client.ts";
import { AccountKey, makeAccountKey } from "../platform/tls/acme-jws.ts";
import { AcmeProblem } from "../platform/tls/acme-problem.ts";
import { type Certificate, isCovered, readCertificate } from "../platform/tls/certificate.ts";
import { isAddress } from "../platform/tls/names.ts";
import { nextOrder, retryAt } from "./certificate.ts";
import { tellReplicas, toKept } from "./kept.ts";
import * as store from "./store.ts";

/** Whom to ask for certificates, and how. */
export interface Authority extends AcmeAuthority, NewAccount {
  /** By which of the authority's profiles; addresses get `shortlived` where there is one, unless this says otherwise. */
  readonly profile?: string | undefined;
  /** Ends what is under way. */
  readonly signal: AbortSignal;
}

/** Orders one certificate if that is due and nobody is at it. What goes wrong is kept, and tried again later. */
export async function orderIfDue(ctx: Context, authority: Authority, id: string): Promise<void> {
  const row = await store.claimDue(ctx, id);
  if (!row) return;
  try {
    await saveIssued(ctx, row, await obtain(ctx, authority, row.names));
  } catch (error) {
    if (isDatabaseAway(error)) throw error;
    if (authority.signal.aborted) await store.saveOutcome(ctx, row, {});
    else await saveFailure(ctx, authority, row, error as Error);
  }
}

async function saveIssued(ctx: Context, row: store.CertificateRow, certificate: Certificate): Promise<void> {
  const { names, issuer, notAfter, fingerprint } = certificate;
  await transaction(ctx, async (ctx) => {
    const isSaved = await store.saveOutcome(ctx, row, {
      ...toKept(ctx, row.id, { certificate, source: "authority" }),
      next_try_at: nextOrder(ctx.now(), certificate),
      failures: 0,
      last_error: null,
      last_error_at: null,
    });
    if (!isSaved) return;
    const data = { certificateId: row.id, names, issuer, fingerprint, notAfter: notAfter.toISOString() };
    await record(ctx, { name: "certificates.issued", data });
    await tellReplicas(ctx);
    ctx.log.info(data, "certificate issued");
  });
}

async function saveFailure(ctx: Context, authority: Authority, row: store.CertificateRow, error: Error): Promise<void> {
  const now = ctx.now();
  const failures = row.failures + 1;
  const next_try_at = retryAt(now, failures, error instanceof AcmeProblem ? error.retryAfterMs : undefined);
  const { id: certificateId, names } = row;
  ctx.log.warn({ certificateId, names, failures, error: error.message }, "certificate not issued");
  await transaction(ctx, async (ctx) => {
    // Forgotten there, it is made anew at the next try.
    if (error instanceof AcmeProblem && error.type === "accountDoesNotExist")
      await store.forgetAccount(ctx, authority.directory);
    const outcome = { failures, last_error: error.message, last_error_at: now, next_try_at };
    if (!(await store.saveOutcome(ctx, row, outcome))) return;
    await record(ctx, { name: "certificates.order_failed", data: { certificateId, names, failures } });
  });
}

async function obtain(ctx: Context, authority: Authority, names: readonly string[]): Promise<Certificate> {
  const { client, key } = await signIn(ctx, authority);
  const order = await client.order(names, await profileFor(client, authority, names));
  await prove(ctx, { client, key, order });
  const { makeRequest } = await import("../platform/tls/x509.ts");
  const made = await makeRequest(names);
  const certificate = readCertificate(await client.finalize(order, made.request), made.key);
  const missing = names.filter((name) => !isCovered(name, certificate));
  if (missing.length > 0) throw new Error(`the authority's certificate is not for ${missing.join(", ")}`);
  return certificate;
}

async function profileFor(client: AcmeClient, { profile }: Authority, names: readonly string[]) {
  if (profile) return profile;
  // Let's Encrypt issues for addresses by this profile only.
  return names.some(isAddress) && (await client.hasProfile("shortlived")) ? "shortlived" : undefined;
}

const place = (id: string) => `acme_accounts|private_key|${id}`;

async function signIn(ctx: Context, authority: Authority): Promise<{ client: AcmeClient; key: AccountKey }> {
  const sealNew = (id: string) => ctx.keys.seal(place(id), makeAccountKey());
  const account = await store.ensureAccount(ctx, authority.directory, sealNew);
  const key = new AccountKey(ctx.keys.open(place(account.id), account.private_key).toString());
  const client = new AcmeClient(authority, key, authority.signal);
  if (account.url) client.useAccount(account.url);
  else await store.saveAccountUrl(ctx, account.id, await client.register(authority));
  return { client, key };
}

/** Shows the authority that these names are ours, all of them: what is wrong with several is told together. */
async function prove(ctx: Context, { client, key, order }: Proving): Promise<void> {
  const tokens: string[] = [];
  const decided: string[] = [];
  try {
    for (const url of order.authorizations) {
      const { status, identifier, challenges } = await client.authorization(url);
      if (status === "valid") continue;
      const { token, url: challengeUrl } = challenges.find(({ type }) => type === "http-01") ?? {};
      if (!token || !challengeUrl) throw new Error(`the authority does not ask for ${identifier.value} by http-01`);
      await store.insertChallenge(ctx, token, key.authorize(token));
      tokens.push(token);
      await client.ready(challengeUrl);
      decided.push(url);
    }
    const problems: string[] = [];
    for (const url of decided) problems.push(...(await client.problemsOf(url)));
    if (problems.length > 0) throw new Error(problems.join("; "));
  } finally {
    await store.deleteChallenges(ctx, tokens);
  }
}

interface Proving {
  readonly client: AcmeClient;
  readonly key: AccountKey;
  readonly order: Order;
}

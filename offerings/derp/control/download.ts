import { createHash } from "node:crypto";
import { record } from "@berth/core/audit";
import { accessOf, findLease, findPresent, type LeaseRow, noteConfiguration } from "@berth/core/leases";
import { type Context, snapshot, transaction } from "@berth/core/platform/context";
import { Refusal } from "@berth/kit";
import { derpMap, headscale, policy, type Relay } from "./derp-map.ts";
import { putDerpMap } from "./hujson.ts";
import { identity, pinOf } from "./identity.ts";
import { readPolicy } from "./policy.ts";
import { findByToken } from "./store.ts";

export interface Download {
  readonly secret: string;
  readonly form: "derpmap" | "policy" | "headscale";
  readonly omitDefaults: boolean;
  readonly address: string;
  readonly userAgent: string | undefined;
  /** The tags of what whoever asks has already, as in `If-None-Match`. */
  readonly known: string | undefined;
}

export interface File {
  readonly name: string;
  readonly type: string;
  readonly text: string;
  /** Of this very text. */
  readonly tag: string;
  /** Whoever asks has it already. */
  readonly isKnown: boolean;
}

/** The configuration behind a download address, in the form asked for. Whoever asks is noted, and so is whoever is refused. */
export async function downloadConfiguration(ctx: Context, download: Download): Promise<File> {
  const row = await findByToken(ctx, ctx.keys.hash("derp-configuration", download.secret));
  const lease = row && (await findLease(ctx, row.lease_id));
  if (!row || !lease)
    throw new Refusal("not_found", "derp.no_such_configuration", "this address was changed or never existed");
  // Of one moment: a version may take the place of another meanwhile.
  const { version, file } = await snapshot(ctx, async (ctx) => ({
    version: (await findPresent(ctx, lease.id))?.version ?? 1,
    file: await render(ctx, lease.id, download),
  }));
  const refusal = whyNot(lease, ctx.now());
  if (refusal) {
    await noteConfiguration(ctx, lease, { ...download, version, what: "refused" });
    throw refusal;
  }
  const tag = `"${createHash("sha256").update(file.text).digest("base64url").slice(0, 27)}"`;
  const isKnown = isOneOf(tag, download.known);
  await transaction(ctx, async (ctx) => {
    await noteConfiguration(ctx, lease, { ...download, version, what: isKnown ? "unchanged" : "fetched" });
    if (!isKnown) await recordFetched(ctx, lease, { ...download, version });
  });
  return { ...file, tag, isKnown };
}

/** What is asked for in vain is no part of an account's history; what was handed out is. */
async function recordFetched(
  ctx: Context,
  { id: leaseId, account_id: accountId }: LeaseRow,
  { form, version, userAgent = "" }: Pick<Download, "form" | "userAgent"> & { version: number },
): Promise<void> {
  const personal = { agent: userAgent.slice(0, 300) };
  await record(ctx, { name: "derp.configuration_fetched", accountId, leaseId, data: { form, version }, personal });
}

/** A lease's time is over when it is over, whether the sweep was there or not. */
function whyNot({ state, until }: LeaseRow, now: Date): Refusal | undefined {
  if (state === "pending") {
    return new Refusal("forbidden", "derp.lease_unpaid", "this lease is not paid yet; its configuration comes with it");
  }
  const how = state === "ended" ? state : state === "expired" || until <= now ? "expired" : undefined;
  if (!how) return undefined;
  const message = `this lease is over (${how}, until ${until.toISOString()}); renew it to go on`;
  return new Refusal("forbidden", "derp.lease_over", message, { how, until: until.toISOString() });
}

/** RFC 9110, 13.1.2: weak tags are as good, and `*` is any. */
function isOneOf(tag: string, known: string | undefined): boolean {
  const tags = known?.split(",").map((one) => one.trim().replace(/^W\//, "")) ?? [];
  return tags.includes(tag) || tags.includes("*");
}

async function relaysOf(ctx: Context, leaseId: string): Promise<Relay[]> {
  return (await accessOf(ctx, leaseId)).map(({ secrets, ...access }) => ({
    ...access,
    pin: pinOf(identity.parse(secrets).certificate),
  }));
}

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

async function render(
  ctx: Context,
  leaseId: string,
  { form, omitDefaults }: Pick<Download, "form" | "omitDefaults">,
): Promise<Pick<File, "name" | "type" | "text">> {
  const relays = await relaysOf(ctx, leaseId);
  if (form === "headscale") return { name: "derp.yaml", type: "application/yaml", text: headscale(relays) };
  if (form === "derpmap") {
    return { name: "derpmap.json", type: "application/json", text: json(derpMap(relays, { omitDefaults })) };
  }
  const own = await readPolicy(ctx, leaseId);
  const name = "policy.hujson";
  if (own === undefined) return { name, type: "application/json", text: json(policy(relays, { omitDefaults })) };
  return { name, type: "application/hujson", text: putDerpMap(own, derpMap(relays, { omitDefaults })) };
}

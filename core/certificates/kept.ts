import { newId } from "@berth/kit";
import { type Context, transaction } from "../platform/context.ts";
import { notify } from "../platform/notify.ts";
import { type Certificate, readCertificate } from "../platform/tls/certificate.ts";
import { groupsOf, renewAt } from "./certificate.ts";
import * as store from "./store.ts";

/** Says that another certificate is served from now on. */
export const certificatesChannel = "certificates";

export async function tellReplicas(ctx: Context): Promise<void> {
  await notify(ctx, certificatesChannel, "");
}

/** A certificate as the database keeps it, its key sealed. */
export function toKept(
  ctx: Context,
  id: string,
  { certificate, source }: { certificate: Certificate; source: store.Kept["source"] },
): store.Kept {
  const { chain, key, notBefore, notAfter } = certificate;
  return { source, chain, private_key: ctx.keys.seal(place(id), key), not_before: notBefore, not_after: notAfter };
}

const place = (id: string) => `certificates|private_key|${id}`;

/** All that are kept, ready to be served. */
export async function openCertificates(ctx: Context): Promise<Certificate[]> {
  const rows = await store.findCertificates(ctx);
  return rows.map((row) => readCertificate(row.chain, ctx.keys.open(place(row.id), row.private_key).toString()));
}

export interface Wanted {
  readonly names: readonly string[];
  /** Whether a certificate authority is asked; else Berth's own are all there will be. */
  readonly isOrdered: boolean;
}

/** Sees to it that there is something to serve for each name: clear text is no way to begin. Safe to repeat. */
export async function ensureCertificates(ctx: Context, { names, isOrdered }: Wanted): Promise<void> {
  for (const group of groupsOf(names)) {
    const row = (await store.findFor(ctx, group)) ?? (await makeFirst(ctx, group));
    if (isOrdered) await store.beginOrdering(ctx, row.id);
    else await store.endOrdering(ctx, row.id);
    // What an authority issued goes on to be served as long as it is good, after nobody orders it any more.
    const isDone = row.source === "self_signed" ? isWorn(ctx, row) : !isOrdered && row.not_after <= ctx.now();
    if (isDone) await remake(ctx, row);
  }
}

function isWorn(ctx: Context, { not_before, not_after }: store.CertificateRow): boolean {
  return renewAt({ notBefore: not_before, notAfter: not_after }, 0) <= ctx.now();
}

async function makeFirst(ctx: Context, names: readonly string[]): Promise<store.CertificateRow> {
  const id = newId("certificate", ctx.now());
  const made = await store.insertCertificate(ctx, { id, names, ...(await selfSigned(ctx, id, names)) });
  if (made) ctx.log.info({ names }, "self-signed certificate made");
  return (await store.findFor(ctx, names)) as store.CertificateRow;
}

async function remake(ctx: Context, row: store.CertificateRow): Promise<void> {
  const kept = await selfSigned(ctx, row.id, row.names);
  await transaction(ctx, async (ctx) => {
    await store.replaceCertificate(ctx, row, kept);
    await tellReplicas(ctx);
  });
}

async function selfSigned(ctx: Context, id: string, names: readonly string[]): Promise<store.Kept> {
  // Loaded when needed: it costs a start 100 ms.
  const { makeSelfSigned } = await import("../platform/tls/x509.ts");
  const { chain, key } = await makeSelfSigned(names, ctx.now());
  return toKept(ctx, id, { certificate: readCertificate(chain, key), source: "self_signed" });
}

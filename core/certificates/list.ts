import type { certificates as api, ReplyOf } from "@berth/api";
import { Refusal } from "@berth/kit";
import { record } from "../audit/index.ts";
import { type Context, transaction } from "../platform/context.ts";
import { type Certificate, readPublic } from "../platform/tls/certificate.ts";
import type { Shelf } from "../platform/tls/shelf.ts";
import * as store from "./store.ts";

type View = ReplyOf<typeof api.renewCertificate>;

/** What this replica serves or could serve: the operator's files first, then what is kept for all replicas. */
export async function listCertificates(ctx: Context, shelf: Shelf | undefined): Promise<{ items: View[] }> {
  const rows = await store.findCertificates(ctx);
  const files = (shelf?.part("files") ?? []).map((one) => ofFile(one, shelf));
  return { items: [...files, ...rows.map((row) => ofRow(row, shelf))] };
}

/** Makes an order due at once; whichever replica looks first takes it. */
export async function renewCertificate(ctx: Context, shelf: Shelf | undefined, certificateId: string): Promise<View> {
  return transaction(ctx, async (ctx) => {
    const row = await store.setDue(ctx, certificateId);
    if (!row) throw await whyNot(ctx, certificateId);
    await record(ctx, { name: "certificates.renewal_asked", data: { certificateId, names: row.names } });
    return ofRow(row, shelf);
  });
}

async function whyNot(ctx: Context, certificateId: string): Promise<Refusal> {
  const isKnown = (await store.findCertificates(ctx)).some(({ id }) => id === certificateId);
  if (!isKnown) return new Refusal("not_found", "certificates.not_found", `no certificate ${certificateId}`);
  return new Refusal(
    "conflict",
    "certificates.not_ordered",
    "no certificate authority is set: see BERTH_ACME_TERMS_AGREED",
  );
}

const notOrdered = { id: null, nextTryAt: null, failures: 0, lastError: null, lastErrorAt: null } as const;

function ofFile(certificate: Certificate, shelf: Shelf | undefined): View {
  return { ...notOrdered, source: "file", ...described(certificate, shelf) };
}

function ofRow(row: store.CertificateRow, shelf: Shelf | undefined): View {
  return {
    id: row.id as View["id"],
    source: row.source,
    ...described(readPublic(row.chain), shelf),
    names: row.names,
    nextTryAt: row.next_try_at?.toISOString() ?? null,
    failures: row.failures,
    lastError: row.last_error,
    lastErrorAt: row.last_error_at?.toISOString() ?? null,
  };
}

function described(certificate: Omit<Certificate, "key">, shelf: Shelf | undefined) {
  const { names, issuer, fingerprint, notBefore, notAfter } = certificate;
  return {
    names: [...names],
    issuer,
    fingerprint,
    notBefore: notBefore.toISOString(),
    notAfter: notAfter.toISOString(),
    isServed: shelf?.inUse().some((one) => one.fingerprint === fingerprint) ?? false,
  };
}

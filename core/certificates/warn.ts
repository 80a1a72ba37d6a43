import { findOperators } from "../accounts/index.ts";
import { record } from "../audit/index.ts";
import { type NewMail, sendMail } from "../notices/index.ts";
import { type Context, transaction } from "../platform/context.ts";
import type { Certificate } from "../platform/tls/certificate.ts";
import { warnAt } from "./certificate.ts";
import { findCertificates, noteWarning } from "./store.ts";

/** Tells once of each certificate that is served and will expire soon: its renewal failed, or nobody renews it. */
export async function warnOfExpiry(ctx: Context, served: readonly Certificate[]): Promise<void> {
  const due = served.filter((certificate) => warnAt(certificate) <= ctx.now());
  for (const certificate of due) await warn(ctx, certificate);
}

async function warn(ctx: Context, { names, fingerprint, notAfter }: Certificate): Promise<void> {
  await transaction(ctx, async (ctx) => {
    if (!(await noteWarning(ctx, fingerprint))) return;
    const until = notAfter.toISOString();
    await record(ctx, { name: "certificates.expiring", data: { names, fingerprint, notAfter: until } });
    ctx.log.error({ names, notAfter: until }, "certificate expires soon");
    const row = (await findCertificates(ctx)).find((row) => names.some((name) => row.names.includes(name)));
    for (const operator of await findOperators(ctx)) {
      await sendMail(ctx, { ...operator, ...expiryMail(names, until, row?.last_error ?? undefined) });
    }
  });
}

function expiryMail(names: readonly string[], until: string, lastError: string | undefined): Omit<NewMail, "address"> {
  const why = lastError
    ? `Berth tries to renew it and fails. The last try ended with:\n\n  ${lastError}`
    : "Berth does not renew it by itself: replace its files.";
  return {
    kind: "certificates.expiring",
    subject: `The certificate of ${names[0]} expires soon`,
    body: `The certificate of ${names.join(", ")} expires at ${until}. From then on browsers warn people off.

${why}
`,
  };
}

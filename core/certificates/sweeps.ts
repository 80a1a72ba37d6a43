import { minuteMs, secondMs } from "@berth/kit";
import { forEach, type Sweep } from "../platform/sweeps.ts";
import type { Shelf } from "../platform/tls/shelf.ts";
import { groupsOf } from "./certificate.ts";
import { ensureCertificates } from "./kept.ts";
import { type Authority, orderIfDue } from "./order.ts";
import { deleteOver, findCertificates } from "./store.ts";
import { warnOfExpiry } from "./warn.ts";

export interface CertificateWork {
  /** Host names and addresses that no file of the operator's is for. */
  readonly names: readonly string[];
  readonly authority: Authority | undefined;
  readonly shelf: Shelf;
}

/** Orders what is due, keeps what Berth made itself fresh, and tells of what expires. */
export function certificateSweeps({ names, authority, shelf }: CertificateWork): Sweep[] {
  const groups = new Set(groupsOf(names).map(String));
  const order: Sweep = {
    name: "certificates.order",
    everyMs: secondMs,
    run: async (ctx) => {
      if (!authority) return;
      const wanted = (await findCertificates(ctx)).filter((row) => groups.has(String(row.names)));
      const due = wanted.filter(({ next_try_at }) => next_try_at && next_try_at <= ctx.now());
      await forEach(
        ctx,
        due.map(({ id }) => id),
        (id) => orderIfDue(ctx, authority, id),
      );
    },
  };
  const keep: Sweep = {
    name: "certificates.keep",
    everyMs: 10 * minuteMs,
    run: async (ctx) => {
      await deleteOver(ctx, groupsOf(names));
      await ensureCertificates(ctx, { names, isOrdered: authority !== undefined });
      await warnOfExpiry(ctx, shelf.inUse());
    },
  };
  return [order, keep];
}

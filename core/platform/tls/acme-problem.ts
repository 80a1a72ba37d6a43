import { secondMs } from "@berth/kit";
import { z } from "zod";
import type { OutgoingReply } from "../outgoing.ts";

/** What a certificate authority refuses, in words for the operator. */
export class AcmeProblem extends Error {
  /** Without `urn:ietf:params:acme:error:`. */
  readonly type: string | undefined;
  /** How long the authority wants to be left alone. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, more: { type?: string; retryAfterMs?: number; cause?: unknown } = {}) {
    const { type, retryAfterMs, cause } = more;
    super(message, { cause });
    this.name = "AcmeProblem";
    this.type = type;
    this.retryAfterMs = retryAfterMs;
  }
}

const one = z.object({ type: z.string().optional(), detail: z.string().optional() });
const shape = one.extend({ subproblems: z.array(one).optional() });
const mostLength = 1_000;

/** Reads a problem document (RFC 7807), whatever else it may be. */
export function toAcmeProblem(document: unknown, otherwise: string, reply?: OutgoingReply): AcmeProblem {
  const { data } = shape.safeParse(document);
  const all = data ? [data, ...(data.subproblems ?? [])] : [];
  const words = all.flatMap(({ type, detail }) => (detail ? [`${detail}${type ? ` (${shortType(type)})` : ""}`] : []));
  const message = (words.join("; ") || otherwise).replaceAll(/\p{Cc}+/gu, " ").slice(0, mostLength);
  return new AcmeProblem(message, {
    type: data?.type && shortType(data.type),
    retryAfterMs: retryAfter(reply?.headers["retry-after"]),
  });
}

const shortType = (type: string) => type.replace("urn:ietf:params:acme:error:", "");

/** Seconds, or a date. */
function retryAfter(header: string | undefined): number | undefined {
  if (!header) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * secondMs : Date.parse(header) - Date.now();
  return Number.isFinite(ms) && ms > 0 ? ms : undefined;
}

import { z } from "zod";
import { route } from "./route.ts";
import { idOf, time } from "./values.ts";

export const certificateId = idOf("certificate");

/** What control is served with; never its key. */
export const certificate = z.object({
  /** Null for a file of the operator's, which Berth reads and does not order. */
  id: certificateId.nullable(),
  names: z.array(z.string()).describe("host names and addresses"),
  source: z.enum(["file", "authority", "self_signed"]),
  issuer: z.string(),
  fingerprint: z.string().describe("SHA-256 of the certificate"),
  notBefore: time,
  notAfter: time,
  isServed: z.boolean().describe("by the replica that answers; another one may be better for the same names"),
  nextTryAt: time.nullable().describe("when it is ordered again; null where no authority is asked"),
  failures: z.number().int().describe("orders that failed in a row"),
  lastError: z.string().nullable(),
  lastErrorAt: time.nullable(),
});

export const listCertificates = route({
  method: "GET",
  path: "/certificates",
  permission: "certificates.read",
  summary: "What control is served with, and how its renewal goes",
  input: z.object({}),
  reply: z.object({ items: z.array(certificate) }),
});

export const renewCertificate = route({
  method: "POST",
  path: "/certificates/:certificateId/renew",
  permission: "certificates.write",
  stepUp: true,
  summary: "Order a certificate now; what is served stays until there is another one",
  input: z.object({ certificateId }),
  reply: certificate,
});

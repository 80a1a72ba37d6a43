import { X509Certificate } from "node:crypto";
import { Refusal } from "@berth/kit";
import { nodeIdPattern, nodeUriPrefix } from "./authority.ts";
import { fingerprint, isP256 } from "./keys.ts";

/** The node at the other end, by its certificate. Whether its key is still welcome is control's to say. */
export interface Peer {
  readonly nodeId: string;
  /** See `fingerprint`. */
  readonly keyFingerprint: string;
  readonly expiresAt: Date;
  /** For how long its certificate has been out of date; 0: it is valid. */
  readonly expiredForMs: number;
}

const clientAuth = "1.3.6.1.5.5.7.3.2";

/**
 * Who presented this certificate (DER), given the authorities (PEM, one each) that are trusted. It is the only gate: the
 * TLS server lets every certificate in, so that expired ones can be renewed. That the peer holds the key is TLS's word.
 */
export function identify(certificate: Uint8Array, authorities: readonly string[], now: Date): Peer {
  const parsed = parse(certificate);
  if (!authorities.some((authority) => isIssuedBy(parsed, new X509Certificate(authority)))) {
    throw untrusted("it is not signed by an authority of this installation");
  }
  if (parsed.ca || !hasUsage(parsed, clientAuth)) throw untrusted("it is not made for nodes");
  if (!isP256(parsed.publicKey)) throw untrusted("its key is not on P-256");
  if (parsed.validFromDate.getTime() > now.getTime()) throw untrusted("it is not valid yet");

  const expiresAt = parsed.validToDate;
  return {
    nodeId: nodeIdOf(parsed),
    keyFingerprint: fingerprint(parsed.publicKey),
    expiresAt,
    expiredForMs: Math.max(0, now.getTime() - expiresAt.getTime()),
  };
}

function parse(certificate: Uint8Array): X509Certificate {
  try {
    return new X509Certificate(certificate);
  } catch {
    throw untrusted("it cannot be read");
  }
}

/** By name and key identifier first (they tell authorities apart while one replaces another), then by signature. */
export function isIssuedBy(certificate: X509Certificate, authority: X509Certificate): boolean {
  return authority.ca && certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
}

function hasUsage(certificate: X509Certificate, usage: string): boolean {
  // Node calls the extended key usages `keyUsage`; absent means "any" to others, and nothing here.
  const usages: readonly string[] | undefined = certificate.keyUsage;
  return usages?.length === 1 && usages[0] === usage;
}

function nodeIdOf(certificate: X509Certificate): string {
  const prefix = `URI:${nodeUriPrefix}`;
  const names = certificate.subjectAltName ?? "";
  const nodeId = names.startsWith(prefix) ? names.slice(prefix.length) : "";
  // The pattern has no comma and no quote: a second name, or one that was escaped, is refused.
  if (!nodeIdPattern.test(nodeId)) throw untrusted("it names no node");
  return nodeId;
}

function untrusted(why: string): Refusal {
  return new Refusal("unauthenticated", "link.untrusted_certificate", `the certificate is not accepted: ${why}`);
}

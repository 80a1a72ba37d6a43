import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { plainName, standsFor } from "./names.ts";

/** A certificate with its key, ready to be served. `key` is a secret. */
export interface Certificate {
  /** PEM: the certificate itself first, then each one's issuer. */
  readonly chain: string;
  /** PEM. */
  readonly key: string;
  readonly names: readonly string[];
  readonly issuer: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** SHA-256, hexadecimal. */
  readonly fingerprint: string;
  readonly isSelfSigned: boolean;
}

/** Reads and checks what is to be served. What it throws says in plain words what is wrong. */
export function readCertificate(chainPem: string, keyPem: string): Certificate {
  const [leaf, ...issuers] = parseChain(chainPem);
  if (!leaf.checkPrivateKey(readKey(keyPem))) throw new Error("the key is not that of the certificate");
  requireStrong(leaf.publicKey);
  requireOrder([leaf, ...issuers]);
  const certificate = { ...readPublic(chainPem), key: keyPem };
  if (certificate.names.length === 0) throw new Error("the certificate names no host (it has no subjectAltName)");
  return certificate;
}

/** What everybody may know of a certificate. */
export function readPublic(chainPem: string): Omit<Certificate, "key"> {
  const [leaf, ...issuers] = parseChain(chainPem);
  return {
    chain: [leaf, ...issuers].map((one) => one.toString().trim()).join("\n"),
    names: namesIn(leaf),
    issuer: issuerOf(leaf),
    notBefore: leaf.validFromDate,
    notAfter: leaf.validToDate,
    fingerprint: leaf.fingerprint256.replaceAll(":", "").toLowerCase(),
    isSelfSigned: leaf.checkIssued(leaf),
  };
}

function parseChain(pem: string): [X509Certificate, ...X509Certificate[]] {
  const [leaf, ...issuers] = splitChain(pem).map(parse);
  if (!leaf) throw new Error("holds no certificate in PEM");
  return [leaf, ...issuers];
}

function splitChain(pem: string): string[] {
  return pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
}

function parse(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new Error("holds something that can't be read as a certificate", { cause });
  }
}

function readKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    // The library's own words may quote what it read.
    throw new Error("the key can't be read: it must be an unencrypted private key in PEM", { cause });
  }
}

/** What is weaker than P-256 does not protect anybody. */
function requireStrong({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): void {
  if (asymmetricKeyType === "rsa" && (asymmetricKeyDetails?.modulusLength ?? 0) < 2048) {
    throw new Error("the key is too short: RSA needs 2048 bits");
  }
}

function requireOrder(chain: readonly X509Certificate[]): void {
  for (const [index, one] of chain.entries()) {
    const issuer = chain[index + 1];
    if (issuer && !one.checkIssued(issuer)) {
      throw new Error("the chain is out of order: each certificate must be followed by its issuer's");
    }
  }
}

function namesIn({ subjectAltName = "" }: X509Certificate): string[] {
  // Node puts a name that holds anything odd in quotes; such a one stands for no host of ours.
  const written = subjectAltName.split(", ").flatMap((part) => /^(?:DNS|IP Address):([^"]+)$/.exec(part)?.[1] ?? []);
  return [...new Set(written.flatMap((name) => plainName(name) ?? []))];
}

function issuerOf({ issuer }: X509Certificate): string {
  const field = (name: string) => new RegExp(`^${name}=(.*)$`, "m").exec(issuer)?.[1];
  return [field("O"), field("CN")].filter((part) => part !== undefined).join(", ") || issuer.replaceAll("\n", ", ");
}

export function isCovered(name: string, { names }: Pick<Certificate, "names">): boolean {
  return names.some((inCertificate) => standsFor(inCertificate, name));
}

/** Which of them a host is served with: one that is valid before one that is not, a trusted one before a self-signed. */
export function chooseCertificate<One extends Certificate>(
  certificates: readonly One[],
  host: string,
  now: Date,
): One | undefined {
  const isValid = ({ notBefore, notAfter }: Certificate) => notBefore <= now && now < notAfter;
  const better = (a: One, b: One) =>
    Number(isValid(b)) - Number(isValid(a)) ||
    Number(a.isSelfSigned) - Number(b.isSelfSigned) ||
    b.notAfter.getTime() - a.notAfter.getTime();
  return certificates.filter((one) => isCovered(host, one)).sort(better)[0];
}

import { webcrypto } from "node:crypto";
import { isIP } from "node:net";
import { hourMs, minuteMs } from "@berth/kit";
import { keyAlgorithm, makeKeys, privateKeyPem, readKeys } from "./keys.ts";
import { readRequest } from "./request.ts";
import type { Extension } from "./x509.ts";

/** Berth's own certificate authority. `privateKey` is a secret. */
export interface Authority {
  /** PEM. */
  readonly certificate: string;
  /** PKCS #8, PEM. */
  readonly privateKey: string;
}

export interface Issued {
  /** PEM. */
  readonly certificate: string;
  readonly keyFingerprint: string;
  readonly expiresAt: Date;
}

/** How far clocks of nodes may be behind. */
const skewMs = 5 * minuteMs;
const clientAuth = "1.3.6.1.5.5.7.3.2";
const serverAuth = "1.3.6.1.5.5.7.3.1";

/** What control's own certificate says, and agents look for: names and addresses of control may change. */
export const controlUri = "spiffe://berth/control";
export const nodeUriPrefix = "spiffe://berth/node/";
export const nodeIdPattern = /^[A-Za-z0-9_-]{1,64}$/;

export async function makeAuthority({ now, years = 10 }: { now: Date; years?: number }): Promise<Authority> {
  const x509 = await import("./x509.ts");
  const keys = await makeKeys();
  const until = new Date(now);
  until.setUTCFullYear(until.getUTCFullYear() + years);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=Berth authority",
    notBefore: new Date(now.getTime() - skewMs),
    notAfter: until,
    signingAlgorithm: keyAlgorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: certificate.toString("pem"), privateKey: await privateKeyPem(keys.privateKey) };
}

/** A node's certificate, for the key of its request. Refuses a request whose sender does not hold the key. */
export async function issue(
  authority: Authority,
  request: Uint8Array,
  { nodeId, now, hours = 24 }: { nodeId: string; now: Date; hours?: number },
): Promise<Issued> {
  if (!nodeIdPattern.test(nodeId)) throw new Error(`not the id of a node: ${nodeId}`);
  const { publicKey, keyFingerprint } = await readRequest(request);
  const key = await webcrypto.subtle.importKey("spki", publicKey, keyAlgorithm, true, ["verify"]);
  const { SubjectAlternativeNameExtension } = await import("./x509.ts");
  const names = new SubjectAlternativeNameExtension([{ type: "url", value: `${nodeUriPrefix}${nodeId}` }]);
  const expiresAt = new Date(now.getTime() + hours * hourMs);
  const leaf = { key, usage: clientAuth, names, subject: `CN=${nodeId}`, now, expiresAt };
  return { certificate: await sign(authority, leaf), keyFingerprint, expiresAt };
}

export interface ServerCertificate {
  /** PEM: the certificate, then the authority's, so that a first caller can pin that by its join token. */
  readonly certificate: string;
  readonly privateKey: string;
  readonly expiresAt: Date;
}

/** Control's certificate for the link, with a key of its own. `names` are host names and IP addresses. */
export async function issueServer(
  authority: Authority,
  { names, now, days = 90 }: { names: readonly string[]; now: Date; days?: number },
): Promise<ServerCertificate> {
  const { SubjectAlternativeNameExtension } = await import("./x509.ts");
  const { privateKey, publicKey } = await makeKeys();
  const hosts = names.map((value) => ({ type: isIP(value) ? ("ip" as const) : ("dns" as const), value }));
  const expiresAt = new Date(now.getTime() + days * 24 * hourMs);
  const certificate = await sign(authority, {
    key: publicKey,
    usage: serverAuth,
    names: new SubjectAlternativeNameExtension([{ type: "url", value: controlUri }, ...hosts]),
    subject: "CN=Berth control",
    now,
    expiresAt,
  });
  const chain = `${certificate.trim()}\n${authority.certificate.trim()}\n`;
  return { certificate: chain, privateKey: await privateKeyPem(privateKey), expiresAt };
}

interface Leaf {
  readonly key: webcrypto.CryptoKey;
  readonly usage: string;
  readonly names: Extension;
  readonly subject: string;
  readonly now: Date;
  readonly expiresAt: Date;
}

async function sign(authority: Authority, { key, usage, names, subject, now, expiresAt }: Leaf): Promise<string> {
  const x509 = await import("./x509.ts");
  const issuer = new x509.X509Certificate(authority.certificate);
  const keys = await readKeys(authority.privateKey);
  const certificate = await x509.X509CertificateGenerator.create({
    subject,
    issuer: issuer.subject,
    notBefore: new Date(now.getTime() - skewMs),
    notAfter: expiresAt,
    publicKey: key,
    signingKey: keys.privateKey,
    signingAlgorithm: keyAlgorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([usage], true),
      names,
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
    ],
  });
  return certificate.toString("pem");
}

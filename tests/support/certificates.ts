import "reflect-metadata";
import { webcrypto } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { isIP } from "node:net";
import { join } from "node:path";
import * as x509 from "@peculiar/x509";

const p256 = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/** A certificate in PEM with its key, and whose it is. */
export interface Made {
  readonly certificate: string;
  readonly key: string;
  readonly keys: webcrypto.CryptoKeyPair;
}

export interface Making {
  readonly days?: { readonly from: number; readonly to: number };
  /** Self-signed without one. */
  readonly issuer?: Made;
  readonly isRsa?: boolean;
  readonly rsaBits?: number;
}

const dayMs = 86_400_000;

/** A certificate as somebody else's authority would issue it. */
export async function makeCertificate(names: readonly string[], making: Making = {}): Promise<Made> {
  const { days = { from: -1, to: 90 }, issuer, isRsa = false, rsaBits = 2048 } = making;
  const algorithm = isRsa
    ? { name: "RSASSA-PKCS1-v1_5", modulusLength: rsaBits, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" }
    : p256;
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const alternatives = names.map((value) => ({ type: isIP(value) ? ("ip" as const) : ("dns" as const), value }));
  const certificate = await x509.X509CertificateGenerator.create({
    subject: `CN=${names[0] ?? "an authority"}`,
    issuer: issuer ? new x509.X509Certificate(issuer.certificate).subject : `CN=${names[0] ?? "an authority"}`,
    notBefore: new Date(Date.now() + days.from * dayMs),
    notAfter: new Date(Date.now() + days.to * dayMs),
    publicKey: keys.publicKey,
    signingKey: issuer?.keys.privateKey ?? keys.privateKey,
    signingAlgorithm: issuer ? p256 : algorithm,
    extensions: [
      ...(names.length > 0
        ? [new x509.SubjectAlternativeNameExtension(alternatives)]
        : [new x509.BasicConstraintsExtension(true)]),
    ],
  });
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey)).toString("base64");
  const key = `-----BEGIN PRIVATE KEY-----\n${der.replace(/.{1,64}/g, "$&\n")}-----END PRIVATE KEY-----\n`;
  return { certificate: `${certificate.toString("pem")}\n`, key, keys };
}

/** Puts a certificate and its key where a server reads them. */
export async function putFiles(folder: string, name: string, { certificate, key }: Pick<Made, "certificate" | "key">) {
  const files = { chain: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) };
  await writeFile(files.chain, certificate);
  await writeFile(files.key, key);
  return files;
}

import "reflect-metadata"; // what the library's container needs before it is loaded
import { webcrypto } from "node:crypto";
import { dayMs, hourMs } from "@berth/kit";
import {
  Pkcs10CertificateRequestGenerator,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { isAddress } from "./names.ts";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/** A new key in PEM, and a request (RFC 2986, DER) for a certificate of these names. */
export async function makeRequest(names: readonly string[]): Promise<{ key: string; request: Buffer }> {
  const keys = await makeKeys();
  const request = await Pkcs10CertificateRequestGenerator.create({
    keys,
    signingAlgorithm: algorithm,
    extensions: [altNames(names)],
  });
  return { key: await keyPem(keys.privateKey), request: Buffer.from(request.rawData) };
}

/** A certificate that nobody vouches for: it keeps out who only listens. */
export async function makeSelfSigned(names: readonly string[], now: Date): Promise<{ chain: string; key: string }> {
  const keys = await makeKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: "CN=Berth self-signed",
    notBefore: new Date(now.getTime() - hourMs),
    notAfter: new Date(now.getTime() + 365 * dayMs),
    signingAlgorithm: algorithm,
    keys,
    extensions: [altNames(names)],
  });
  return { chain: certificate.toString("pem"), key: await keyPem(keys.privateKey) };
}

function altNames(names: readonly string[]): SubjectAlternativeNameExtension {
  return new SubjectAlternativeNameExtension(
    names.map((value) => ({ type: isAddress(value) ? ("ip" as const) : ("dns" as const), value })),
  );
}

function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

async function keyPem(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key)).toString("base64");
  return `-----BEGIN PRIVATE KEY-----\n${der.replace(/.{1,64}/g, "$&\n")}-----END PRIVATE KEY-----\n`;
}

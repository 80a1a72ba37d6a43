import { createHash, createPrivateKey, createPublicKey, type KeyObject, webcrypto, X509Certificate } from "node:crypto";
import { base32, Refusal } from "@berth/kit";

export type Keys = webcrypto.CryptoKeyPair;

/** How every key of the link signs: ECDSA on P-256. */
export const keyAlgorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

export async function makeKeys(): Promise<Keys> {
  return webcrypto.subtle.generateKey(keyAlgorithm, true, ["sign", "verify"]);
}

/** A new key as PKCS #8, PEM. */
export async function makeKeyPair(): Promise<string> {
  return privateKeyPem((await makeKeys()).privateKey);
}

export async function privateKeyPem(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key));
  return createPrivateKey({ key: der, format: "der", type: "pkcs8" })
    .export({ format: "pem", type: "pkcs8" })
    .toString();
}

/** Both halves, ready to sign with, of a key that is kept as PEM. */
export async function readKeys(pem: string): Promise<Keys> {
  const privateKey = createPrivateKey(pem);
  const pkcs8 = privateKey.export({ format: "der", type: "pkcs8" });
  const spki = createPublicKey(privateKey).export({ format: "der", type: "spki" });
  return {
    privateKey: await webcrypto.subtle.importKey("pkcs8", pkcs8, keyAlgorithm, false, ["sign"]),
    publicKey: await webcrypto.subtle.importKey("spki", spki, keyAlgorithm, true, ["verify"]),
  };
}

/** The identity of a node: SHA-256 of its public key (SPKI, DER), hex. It outlives every certificate. */
export function fingerprint(key: KeyObject | Uint8Array): string {
  const spki = key instanceof Uint8Array ? key : key.export({ format: "der", type: "spki" });
  return createHash("sha256").update(spki).digest("hex");
}

/** The fingerprint of the key in a PEM certificate or private key. */
export function fingerprintOfPem(pem: string): string {
  return fingerprint(createPublicKey(pem));
}

/** What a join token carries so that the first connection can be pinned: SHA-256 of the certificate (DER), base 32. */
export function authorityFingerprint(certificate: string | Uint8Array): string {
  return base32(createHash("sha256").update(new X509Certificate(certificate).raw).digest());
}

const pemCertificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?/g;

/** The certificates of a PEM text, one by one. */
export function splitCertificates(pem: string): string[] {
  return pem.match(pemCertificate) ?? [];
}

export function isP256(key: KeyObject): boolean {
  return key.asymmetricKeyType === "ec" && key.asymmetricKeyDetails?.namedCurve === "prime256v1";
}

export function requireP256(key: KeyObject): void {
  if (!isP256(key)) throw new Refusal("invalid", "link.bad_request", "the key of the request is not on P-256");
}

import { createPublicKey } from "node:crypto";
import { Refusal } from "@berth/kit";
import { fingerprint, keyAlgorithm, readKeys, requireP256 } from "./keys.ts";

export interface CertificateRequest {
  /** SPKI, DER. */
  readonly publicKey: Buffer<ArrayBuffer>;
  readonly keyFingerprint: string;
}

/** Asks for a certificate: PKCS #10, DER. Names nobody, since control says who the key belongs to. */
export async function makeRequest(privateKey: string): Promise<Uint8Array> {
  const { Pkcs10CertificateRequestGenerator } = await import("./x509.ts");
  const keys = await readKeys(privateKey);
  const request = await Pkcs10CertificateRequestGenerator.create({ keys, signingAlgorithm: keyAlgorithm });
  return new Uint8Array(request.rawData);
}

/** The key that a request is for. Refuses one whose sender does not show that they hold it, and any key but P-256. */
export async function readRequest(der: Uint8Array): Promise<CertificateRequest> {
  const { Pkcs10CertificateRequest } = await import("./x509.ts");
  const refusal = new Refusal(
    "invalid",
    "link.bad_request",
    "the certificate request cannot be read or is badly signed",
  );
  try {
    const request = new Pkcs10CertificateRequest(Buffer.from(der));
    const publicKey = Buffer.from(request.publicKey.rawData);
    const key = createPublicKey({ key: publicKey, format: "der", type: "spki" });
    requireP256(key);
    if (await request.verify()) return { publicKey, keyFingerprint: fingerprint(key) };
  } catch (cause) {
    // The parser throws many kinds of errors over what a stranger sent; all of them mean the same to the caller.
    throw cause instanceof Refusal ? cause : refusal;
  }
  throw refusal;
}

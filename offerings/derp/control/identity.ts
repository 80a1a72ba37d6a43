import "reflect-metadata"; // what @peculiar/x509 needs before it is loaded

import { createHash, webcrypto, X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { formatPrivateKey, newKeyPair } from "@berth/derp";
import { dayMs } from "@berth/kit";
import * as x509 from "@peculiar/x509";
import { z } from "zod";

/** Who an instance is to Tailscale clients: its DERP key, and the certificate that they pin. */
export const identity = z.object({ derpKey: z.string(), certificate: z.string(), privateKey: z.string() });

export type Identity = z.infer<typeof identity>;

/**
 * Longer than the longest plan, of 3,660 days: clients check the dates of a pinned certificate too, and another certificate
 * is another pin, which none of the maps that were downloaded has.
 */
const lastsMs = 4_000 * dayMs;
const skewMs = dayMs;
const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/** A new identity for an instance that clients reach at `address`, which its certificate names. */
export async function makeIdentity({ address, now }: { address: string; now: Date }): Promise<Identity> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [address.slice(0, 64)] }],
    notBefore: new Date(now.getTime() - skewMs),
    notAfter: new Date(now.getTime() + lastsMs),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.SubjectAlternativeNameExtension([{ type: isIP(address) ? "ip" : "dns", value: address }]),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    ],
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey)).toString("base64");
  return {
    derpKey: formatPrivateKey(newKeyPair().privateKey),
    certificate: certificate.toString("pem"),
    privateKey: `-----BEGIN PRIVATE KEY-----\n${pkcs8.match(/.{1,64}/g)?.join("\n")}\n-----END PRIVATE KEY-----\n`,
  };
}

/** What `CertName` of a derpMap pins: the SHA-256 of the certificate's DER. */
export function pinOf(certificate: string): string {
  return `sha256-raw:${createHash("sha256").update(new X509Certificate(certificate).raw).digest("hex")}`;
}

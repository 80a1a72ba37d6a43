import "reflect-metadata"; // what @peculiar/x509 needs before it is loaded

import { createHash, webcrypto } from "node:crypto";
import { formatNodeKey, formatPrivateKey, type KeyPair, newKeyPair, toPem } from "@berth/derp";
import * as x509 from "@peculiar/x509";
import { type DerpSpec, derpSpec } from "../../spec.ts";

/** A spec for two devices, with what clients of theirs need. */
export interface TestSpec {
  readonly spec: DerpSpec;
  readonly devices: readonly KeyPair[];
  readonly pin: string;
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/** An instance on 127.0.0.1, whose certificate names that address as derper demands. */
export async function makeTestSpec(port: number): Promise<TestSpec> {
  const devices = [newKeyPair(), newKeyPair()];
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=127.0.0.1",
    signingAlgorithm: algorithm,
    keys,
    extensions: [new x509.SubjectAlternativeNameExtension([{ type: "ip", value: "127.0.0.1" }])],
  });
  const pkcs8 = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
  const spec = derpSpec.parse({
    server: "derper",
    port,
    derpKey: formatPrivateKey(newKeyPair().privateKey),
    certificate: toPem(new Uint8Array(certificate.rawData)),
    privateKey: x509.PemConverter.encode(pkcs8, "PRIVATE KEY"),
    devices: devices.map(({ publicKey }, i) => ({ id: `d${i + 1}`, key: formatNodeKey(publicKey) })),
  });
  return { spec, devices, pin: createHash("sha256").update(new Uint8Array(certificate.rawData)).digest("hex") };
}

import { generateKeyPairSync, type KeyObject, sign, type X509Certificate } from "node:crypto";
import { keyBytes, protocolVersion } from "./frames.ts";

/*
 * The certificate that a DERP server adds to its chain to tell its public key inside the TLS handshake, so that a client can log
 * in with its first flight. It is made by hand because its common name has 71 characters where X.520 allows 64, and
 * libraries insist on that.
 */

const prefix = "derpkey";
const dayMs = 86_400_000;
export const metaCertificateDays = 30;

const oid = {
  ed25519: Buffer.from("06032b6570", "hex"),
  commonName: Buffer.from("0603550403", "hex"),
  basicConstraints: Buffer.from("0603551d13", "hex"),
};

/** A meta certificate in DER, with a key of its own that is thrown away. Good for 30 days. */
export function makeMetaCertificate(serverKey: Uint8Array, now: Date = new Date()): Buffer {
  return selfSign(prefix + Buffer.from(serverKey).toString("hex"), now).certificate;
}

/** A self-signed Ed25519 certificate in DER with its key; the serial number is the protocol version. Good for 30 days. */
export function selfSign(commonName: string, now: Date = new Date()): { certificate: Buffer; privateKey: KeyObject } {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const name = sequence(tlv(0x31, sequence(oid.commonName, tlv(0x13, Buffer.from(commonName)))));
  const span = metaCertificateDays * dayMs;
  const tbs = sequence(
    tlv(0xa0, tlv(2, Buffer.from([2]))), // X.509 v3
    tlv(2, Buffer.from([protocolVersion])),
    sequence(oid.ed25519),
    name,
    sequence(utcTime(new Date(now.getTime() - span)), utcTime(new Date(now.getTime() + span))),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    tlv(0xa3, sequence(sequence(oid.basicConstraints, tlv(1, Buffer.from([0xff])), tlv(4, sequence())))),
  );
  const signature = tlv(3, Buffer.from([0]), sign(null, tbs, privateKey));
  return { certificate: sequence(tbs, sequence(oid.ed25519), signature), privateKey };
}

/** The server's public key when `certificate` is a meta certificate of this protocol version. */
export function parseMetaCertificate(certificate: X509Certificate): Buffer | undefined {
  const found = certificate.subject.match(/^CN=derpkey([0-9a-f]{64})$/);
  if (!found?.[1] || Number.parseInt(certificate.serialNumber, 16) !== protocolVersion) return undefined;
  const key = Buffer.from(found[1], "hex");
  return key.length === keyBytes ? key : undefined;
}

/** DER as PEM. */
export function toPem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

function sequence(...parts: Buffer[]): Buffer {
  return tlv(0x30, ...parts);
}

function tlv(tag: number, ...parts: Buffer[]): Buffer {
  const value = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag]), length(value.length), value]);
}

function length(n: number): Buffer {
  if (n < 0x80) return Buffer.from([n]);
  return n < 0x100 ? Buffer.from([0x81, n]) : Buffer.from([0x82, n >> 8, n & 0xff]);
}

/** YYMMDDhhmmssZ; right until 2049, as X.509 has it. */
function utcTime(at: Date): Buffer {
  return tlv(0x17, Buffer.from(`${at.toISOString().replace(/[-:T]/g, "").slice(2, 14)}Z`));
}

import type { SecureContextOptions } from "node:tls";

/** Only what agrees on its keys afresh and authenticates what it encrypts; of these, what Mozilla's "intermediate" 6.0 lists. */
const ciphers12 = [
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-CHACHA20-POLY1305",
];
const ciphers13 = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"];

export interface TlsChoice {
  /** Speaks TLS 1.2 as well. */
  readonly hasTls12: boolean;
}

/** What control agrees to when somebody begins TLS with it: 1.3, and 1.2 by choice. */
export function tlsRules({ hasTls12 }: TlsChoice): SecureContextOptions {
  return {
    minVersion: hasTls12 ? "TLSv1.2" : "TLSv1.3",
    ciphers: [...ciphers13, ...(hasTls12 ? ciphers12 : [])].join(":"),
    // The first one withstands a quantum computer that reads along today.
    ecdhCurve: "X25519MLKEM768:X25519:P-256:P-384",
  };
}

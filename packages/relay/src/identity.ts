import { X509Certificate } from "node:crypto";
import { createSecureContext, type SecureContext } from "node:tls";
import { type KeyPair, keyPairOf, makeMetaCertificate, parsePrivateKey, toPem } from "@berth/derp";
import { Refusal } from "@berth/kit";
import type { Doorway } from "./room.ts";

/** Who a room is towards those who come in by one door. */
export interface Identity {
  readonly keys: KeyPair;
  readonly tls: { readonly cert: string; readonly key: string };
  readonly madeAt: Date;
}

/** Refuses what TLS would choke on later. The meta certificate in it is good for 30 days from `now`. */
export function makeIdentity(room: Pick<Doorway, "derpKey" | "certificate" | "privateKey">, now: Date): Identity {
  const derpKey = parsePrivateKey(room.derpKey);
  if (!derpKey) throw badSpec("the DERP key is not a private key");
  const keys = keyPairOf(derpKey);
  const leaf = readLeaf(room.certificate);
  const tls = { cert: `${leaf}${toPem(makeMetaCertificate(keys.publicKey, now))}`, key: room.privateKey };
  checkPair(tls);
  return { keys, tls, madeAt: now };
}

function readLeaf(pem: string): string {
  try {
    return new X509Certificate(pem).toString();
  } catch (cause) {
    throw badSpec("the certificate cannot be read", cause);
  }
}

function checkPair(tls: { cert: string; key: string }): SecureContext {
  try {
    return createSecureContext(tls);
  } catch (cause) {
    throw badSpec("the private key is not the certificate's", cause);
  }
}

function badSpec(message: string, cause?: unknown): Refusal {
  const refusal = new Refusal("invalid", "relay.bad_spec", message);
  refusal.cause = cause;
  return refusal;
}

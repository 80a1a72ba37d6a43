import {
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from "node:crypto";

/** An account's key at a certificate authority: ECDSA on P-256, as RFC 8555 (6.2) demands that every authority takes. */
export function makeAccountKey(): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return privateKey.export({ type: "pkcs8", format: "pem" }) as string;
}

type Jwk = Readonly<{ crv: string; kty: string; x: string; y: string }>;

export interface JwsHeader {
  readonly url: string;
  readonly nonce: string;
  /** The account's address; before there is one, the key itself stands in its place. */
  readonly kid?: string;
}

const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** Signs what is sent to a certificate authority. */
export class AccountKey {
  readonly #key: KeyObject;
  readonly #jwk: Jwk;

  constructor(pem: string) {
    this.#key = createPrivateKey(pem);
    const { crv, kty, x, y } = createPublicKey(this.#key).export({ format: "jwk" }) as Jwk;
    this.#jwk = { crv, kty, x, y }; // in the order of RFC 7638, which hashes it
  }

  /** A request's body: flattened JWS (RFC 7515). Without a payload it only reads. */
  sign({ url, nonce, kid }: JwsHeader, payload: object | undefined): string {
    const head = base64({ alg: "ES256", url, nonce, ...(kid ? { kid } : { jwk: this.#jwk }) });
    const body = payload ? base64(payload) : "";
    const signature = sign("sha256", Buffer.from(`${head}.${body}`), { key: this.#key, dsaEncoding: "ieee-p1363" });
    return JSON.stringify({ protected: head, payload: body, signature: signature.toString("base64url") });
  }

  /** Shows that the owner of a key that the authority gave out by other means asks for this account (RFC 8555, 7.3.4). */
  bind(url: string, external: { readonly keyId: string; readonly key: string }): object {
    const head = base64({ alg: "HS256", kid: external.keyId, url });
    const payload = base64(this.#jwk);
    const signature = createHmac("sha256", Buffer.from(external.key, "base64url"))
      .update(`${head}.${payload}`)
      .digest();
    return { protected: head, payload, signature: signature.toString("base64url") };
  }

  /** What stands behind a token to show that this account's owner put it there (RFC 8555, 8.1). */
  authorize(token: string): string {
    return `${token}.${createHash("sha256").update(JSON.stringify(this.#jwk)).digest("base64url")}`;
  }
}

import { createHash, createSign, generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";

/** A passkey in memory, as a browser and its authenticator would use it together: P-256, attestation `none`. */
export class Authenticator {
  readonly id = randomBytes(32).toString("base64url");
  readonly #keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  /** The page that asks it. */
  origin: string;
  /** Counts uses; passkeys that are synchronised stay at zero. */
  counter = 1;
  /** Whether it asks for a fingerprint or PIN. */
  verifiesUser = true;
  userHandle: string | undefined;

  constructor(origin: string) {
    this.origin = origin;
  }

  /** What `navigator.credentials.create` gives. */
  make({ challenge, rp, user }: Asked) {
    this.userHandle = user?.id;
    const authData = Buffer.concat([
      this.#authData(rp?.id ?? "", 0x40),
      Buffer.alloc(16),
      Buffer.from([0, 32]),
      Buffer.from(this.id, "base64url"),
      coseKey(this.#keys.publicKey),
    ]);
    // {"fmt": "none", "attStmt": {}, "authData": bytes}
    const attestationObject = Buffer.concat([
      Buffer.from("a363666d74646e6f6e656761747453746d74a0686175746844617461", "hex"),
      Buffer.from([0x59, authData.length >> 8, authData.length & 255]),
      authData,
    ]);
    const clientDataJSON = this.#clientData("webauthn.create", challenge).toString("base64url");
    return this.#credential({ clientDataJSON, attestationObject: attestationObject.toString("base64url") });
  }

  /** What `navigator.credentials.get` gives. */
  sign({ challenge, rpId = "" }: Asked) {
    if (this.counter > 0) this.counter++;
    const authData = this.#authData(rpId, 0);
    const clientData = this.#clientData("webauthn.get", challenge);
    const signed = Buffer.concat([authData, createHash("sha256").update(clientData).digest()]);
    const signature = createSign("sha256").update(signed).sign(this.#keys.privateKey);
    return this.#credential({
      clientDataJSON: clientData.toString("base64url"),
      authenticatorData: authData.toString("base64url"),
      signature: signature.toString("base64url"),
      userHandle: this.userHandle,
    });
  }

  #credential<Response>(response: Response) {
    return { id: this.id, rawId: this.id, type: "public-key" as const, clientExtensionResults: {}, response };
  }

  #clientData(type: string, challenge: string): Buffer {
    return Buffer.from(JSON.stringify({ type, challenge, origin: this.origin, crossOrigin: false }));
  }

  /** SHA-256 of the site's id, flags (present, verified, and more), counter. */
  #authData(rpId: string, more: number): Buffer {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(this.counter);
    const flags = 0x01 | (this.verifiesUser ? 0x04 : 0) | more;
    return Buffer.concat([createHash("sha256").update(rpId).digest(), Buffer.from([flags]), counter]);
  }
}

/** The options that control gives, as far as an authenticator reads them. */
export interface Asked {
  readonly challenge: string;
  readonly rpId?: string;
  readonly rp?: { readonly id?: string };
  readonly user?: { readonly id: string };
}

/** COSE: {1: 2 (EC2), 3: -7 (ES256), -1: 1 (P-256), -2: x, -3: y} (RFC 9053). */
function coseKey(key: KeyObject): Buffer {
  const { x = "", y = "" } = key.export({ format: "jwk" });
  const coordinate = (text: string) => Buffer.concat([Buffer.from([0x58, 32]), Buffer.from(text, "base64url")]);
  return Buffer.concat([
    Buffer.from("a5010203262001", "hex"),
    Buffer.from([0x21]),
    coordinate(x),
    Buffer.from([0x22]),
    coordinate(y),
  ]);
}

import { createHmac, hkdfSync } from "node:crypto";
import { openBytes, sealBytes } from "./keys-cipher.ts";

/**
 * Seals what must not lie readable in the database. A sealed value is `2 | 8 B key id | 12 B nonce | ciphertext | 16 B tag`,
 * AES-256-GCM; the place it belongs to (`table|column|row`) and the key's id are authenticated with it, so that it can't be
 * moved to another row. Values of the time before keys had ids (`1 | nonce | ciphertext | tag`) still open.
 */
export interface Keys {
  /** With the present key of the place's field: of `table|column`. */
  seal(place: string, secret: string | Uint8Array): Buffer;
  /** Throws when the value was sealed for another place, or under a key that is not here. */
  open(place: string, sealed: Uint8Array): Buffer;
  /** A keyed hash for look-ups by a secret that is not stored. `purpose` keeps equal secrets of two kinds apart. */
  hash(purpose: string, secret: string): Buffer;
  /** A keyed hash by which a sealed text is found and kept unique, whatever its case and composition. */
  blindIndex(field: string, text: string): Buffer;
  /** What values that are sealed now for a field begin with. */
  mark(field: string): Buffer;
  /** Tells master keys apart without telling anything about them. */
  readonly fingerprint: string;
}

export interface DataKey {
  readonly id: string;
  /** `table|column`, or `*`. */
  readonly field: string;
  readonly use: "seal" | "hash" | "legacy";
  readonly key: Buffer;
  readonly sealsFrom: Date;
}

/** The field of a place, and of all rows beside it. */
const fieldOf = (place: string) => place.split("|", 2).join("|");

const currentVersion = 2;
const idBytes = 8;
const headBytes = 1 + idBytes;

/** Keys over whatever `read` returns at each call, so that a reload takes effect at once. */
export function keysOver(read: () => Opened, now: () => Date): Keys {
  const sealing = (field: string) => {
    const { byField } = read();
    const at = now().getTime();
    const isDue = ({ sealsFrom }: DataKey) => sealsFrom.getTime() <= at;
    const key = byField.get(field)?.find(isDue) ?? byField.get("*")?.find(isDue);
    if (!key) throw new Error(`no key seals ${field}`);
    return key;
  };
  const hash = (purpose: string, secret: string) =>
    createHmac("sha256", read().hashing).update(`${purpose}\0${secret}`).digest();

  return {
    get fingerprint() {
      return read().fingerprint;
    },
    hash,
    blindIndex: (field, text) => hash(`index:${field}`, text.normalize("NFKC").trim().toLowerCase()),
    mark: (field) => markOf(sealing(field).id),
    seal(place, secret) {
      const { id, key } = sealing(fieldOf(place));
      return Buffer.concat([markOf(id), sealBytes(key, `${place}|${id}`, secret)]);
    },
    open(place, sealed) {
      const bytes = Buffer.from(sealed);
      const { legacy, byId } = read();
      if (bytes[0] === 1 && legacy) return openBytes(legacy, place, bytes.subarray(1));
      const id = bytes.subarray(1, headBytes).toString("hex");
      const key = bytes[0] === currentVersion ? byId.get(id) : undefined;
      if (!key) throw new Error(`not sealed by a key of this installation: ${place}`);
      return openBytes(key.key, `${place}|${id}`, bytes.subarray(headBytes));
    },
  };
}

/** What values begin with that the key `id` sealed. */
export function markOf(id: string): Buffer {
  return Buffer.concat([Buffer.of(currentVersion), Buffer.from(id, "hex")]);
}

/** Data keys ready for use. */
export interface Opened {
  readonly fingerprint: string;
  readonly hashing: Buffer;
  readonly legacy: Buffer | undefined;
  readonly byId: ReadonlyMap<string, DataKey>;
  /** Newest first. */
  readonly byField: ReadonlyMap<string, readonly DataKey[]>;
}

export function arrange(fingerprint: string, keys: readonly DataKey[]): Opened {
  const sealing = keys
    .filter(({ use }) => use === "seal")
    .sort((a, b) => b.sealsFrom.getTime() - a.sealsFrom.getTime() || (a.id < b.id ? 1 : -1));
  const hashing = keys.find(({ use }) => use === "hash")?.key;
  if (!hashing) throw new Error("the keyring has no key for hashes");
  return {
    fingerprint,
    hashing,
    legacy: keys.find(({ use }) => use === "legacy")?.key,
    byId: new Map(sealing.map((key) => [key.id, key])),
    byField: Map.groupBy(sealing, ({ field }) => field),
  };
}

/** A key derived from a master key (HKDF-SHA-256). */
export function derive(master: Uint8Array, info: string): Buffer {
  if (master.length !== 32) throw new Error("the master key must be 32 bytes");
  return Buffer.from(hkdfSync("sha256", master, "berth", info, 32));
}

export function masterFingerprint(master: Uint8Array): string {
  return derive(master, "fingerprint").toString("hex").slice(0, 32);
}

/**
 * What an installation began with before its keys had ids, and still hashes with: both keys come from the first master
 * key, and are wrapped like all others from then on.
 */
export function firstKeys(master: Uint8Array, at: Date): DataKey[] {
  const made = { field: "*", sealsFrom: at } as const;
  return [
    { ...made, id: derive(master, "hash id").toString("hex").slice(0, 16), use: "hash", key: derive(master, "hash") },
    { ...made, id: derive(master, "seal id").toString("hex").slice(0, 16), use: "legacy", key: derive(master, "seal") },
  ];
}

/** Keys without a keyring in a database: one data key for everything, derived as well. */
export function createKeys(master: Uint8Array): Keys {
  const at = new Date(0);
  const id = derive(master, "data id").toString("hex").slice(0, 16);
  const only: DataKey = { id, field: "*", use: "seal", key: derive(master, "data"), sealsFrom: at };
  const opened = arrange(masterFingerprint(master), [...firstKeys(master, at), only]);
  return keysOver(
    () => opened,
    () => new Date(),
  );
}

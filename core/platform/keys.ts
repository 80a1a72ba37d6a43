import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, link, mkdir, open, readFile, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";

/**
 * Everything that hangs on the master key. A sealed value is `1 | 12 B nonce | ciphertext | 16 B tag`, AES-256-GCM; the place
 * it belongs to (table, column, row) is authenticated with it, so it can't be moved to another row.
 */
export interface Keys {
  seal(place: string, secret: string | Uint8Array): Buffer;
  /** Throws when the value was sealed under another key or for another place. */
  open(place: string, sealed: Uint8Array): Buffer;
  /** A keyed hash for look-ups by a secret that is not stored. `purpose` keeps equal secrets of two kinds apart. */
  hash(purpose: string, secret: string): Buffer;
  /** Tells master keys apart without telling anything about them. */
  readonly fingerprint: string;
}

const version = 1;

/** Derives the working keys (HKDF-SHA-256). `master`: 32 bytes. */
export function createKeys(master: Uint8Array): Keys {
  if (master.length !== 32) throw new Error("the master key must be 32 bytes");
  const derive = (info: string) => Buffer.from(hkdfSync("sha256", master, "berth", info, 32));
  const sealing = derive("seal");
  const hashing = derive("hash");

  return {
    fingerprint: derive("fingerprint").toString("hex").slice(0, 32),
    hash: (purpose, secret) => createHmac("sha256", hashing).update(`${purpose}\0${secret}`).digest(),
    seal(place, secret) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv("aes-256-gcm", sealing, nonce).setAAD(Buffer.from(place));
      return Buffer.concat([Buffer.of(version), nonce, cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
    },
    open(place, sealed) {
      const bytes = Buffer.from(sealed);
      if (bytes.length < 29 || bytes[0] !== version) throw new Error(`not a sealed value: ${place}`);
      const decipher = createDecipheriv("aes-256-gcm", sealing, bytes.subarray(1, 13)).setAAD(Buffer.from(place));
      decipher.setAuthTag(bytes.subarray(-16));
      return Buffer.concat([decipher.update(bytes.subarray(13, -16)), decipher.final()]);
    },
  };
}

/**
 * The master key: from the setting (64 hex digits) if there is one, else from `folder/master`, made at first start.
 * The file is written whole or not at all, readable by its owner only.
 */
export async function masterKey(folder: string, setting: string | undefined): Promise<Buffer> {
  if (setting !== undefined) return parseMasterKey(setting);
  const path = join(folder, "master");
  if (!existsSync(path)) await writeOnce(path, `${randomBytes(32).toString("hex")}\n`);
  return parseMasterKey((await readFile(path, "utf8")).trim());
}

function parseMasterKey(text: string): Buffer {
  if (!/^[0-9a-f]{64}$/i.test(text)) throw new Error("the master key must be 64 hexadecimal digits");
  return Buffer.from(text, "hex");
}

/** Whoever comes first writes the file; the others find it there. */
async function writeOnce(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await chmod(dirname(path), 0o700);
  const temporary = `${path}.${randomBytes(6).toString("hex")}`;
  const file = await open(temporary, "wx", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    // Unlike a rename, this never replaces a key that another process already works with.
    await link(temporary, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    await unlink(temporary);
  }
}

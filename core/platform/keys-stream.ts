import { createCipheriv, createDecipheriv } from "node:crypto";
import { Transform } from "node:stream";

/*
 * A stream sealed in chunks (the STREAM construction): AES-256-GCM over each 64 KiB, of which only the last is shorter. A chunk's
 * nonce is its number and whether it is the last one, so that chunks can't be left out, repeated, moved, added or cut off.
 *
 *   chunk: ciphertext (64 KiB, the last one 0 to 64 KiB) | 16 B tag       nonce: 7 B zero | 4 B number | 1 B is last
 */
const plainBytes = 64 * 1024;
const tagBytes = 16;

function nonceOf(number: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(number, 7); // throws before it would begin anew
  nonce[11] = isLast ? 1 : 0;
  return nonce;
}

/** Seals what flows through. `key` seals nothing else, ever: nonces begin at zero. `boundTo` is authenticated with each chunk. */
export function sealingStream(key: Buffer, boundTo: Uint8Array): Transform {
  return inChunks(plainBytes, (plain, number, isLast) => {
    const cipher = createCipheriv("aes-256-gcm", key, nonceOf(number, isLast)).setAAD(boundTo);
    return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  });
}

/** Opens what flows through. Whatever comes out is as it was sealed; that it is all of it is known at the end alone. */
export function openingStream(key: Buffer, boundTo: Uint8Array): Transform {
  return inChunks(plainBytes + tagBytes, (sealed, number, isLast) => {
    if (sealed.length < tagBytes) throw new Error("a sealed stream is cut short");
    const decipher = createDecipheriv("aes-256-gcm", key, nonceOf(number, isLast), { authTagLength: tagBytes });
    decipher.setAAD(boundTo).setAuthTag(sealed.subarray(-tagBytes));
    return Buffer.concat([decipher.update(sealed.subarray(0, -tagBytes)), decipher.final()]);
  });
}

/** Cuts a stream into chunks of one size. The last one is known by the end: so a full chunk waits for what follows. */
function inChunks(bytes: number, turn: (chunk: Buffer, number: number, isLast: boolean) => Buffer): Transform {
  let waiting = Buffer.alloc(0);
  let number = 0;
  return new Transform({
    transform(added: Buffer, _encoding, done) {
      attempt(done, () => {
        waiting = Buffer.concat([waiting, added]);
        for (; waiting.length > bytes; waiting = waiting.subarray(bytes)) {
          this.push(turn(waiting.subarray(0, bytes), number++, false));
        }
      });
    },
    flush(done) {
      attempt(done, () => void this.push(turn(waiting, number, true)));
    },
  });
}

/** A stream is told of what went wrong; thrown out of it, it would end the process. */
function attempt(done: (error?: Error) => void, work: () => void): void {
  try {
    work();
  } catch (error) {
    done(error as Error);
    return;
  }
  done();
}

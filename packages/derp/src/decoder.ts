import { headerBytes, maxFrameBytes } from "./frames.ts";
import { ProtocolError } from "./protocol-error.ts";

/** In a table of limits: frames of this type are passed over, unread and unbuffered. */
const skipped = -1;

/** A table of the largest body per frame type. Types that are not named are skipped: newer peers may send them. */
export function frameLimits(named: Readonly<Record<number, number>>): Int32Array {
  const limits = new Int32Array(256).fill(skipped);
  for (const [type, limit] of Object.entries(named)) limits[Number(type)] = limit;
  return limits;
}

/** The same limit for every type, none skipped. */
export function uniformLimits(limit: number): Int32Array {
  return new Int32Array(256).fill(limit);
}

/** The body is [start, end) of `bytes`, and its header lies in the five bytes before. The receiver owns these bytes. */
export type OnFrame = (type: number, bytes: Buffer, start: number, end: number) => void;

/**
 * Cuts a byte stream into frames, in place where it can: a chunk without a split frame is never copied. A body over its limit
 * throws when its header is seen, before any of it is kept. The caller gives up every chunk: frames are parts of it.
 */
export class FrameDecoder {
  /** May be exchanged at any time, also by `onFrame`: it counts from the next frame on. */
  limits: Int32Array;
  readonly #onFrame: OnFrame;
  #held: Buffer = Buffer.alloc(0);
  #heldBytes = 0;
  /** Bytes of the held frame when it is whole, as far as that is known. */
  #need = headerBytes;
  #toSkip = 0;
  #stopped = false;

  constructor(limits: Int32Array, onFrame: OnFrame) {
    this.limits = limits;
    this.#onFrame = onFrame;
  }

  /** No frame is given out after this, not even of the present chunk. */
  stop(): void {
    this.#stopped = true;
    this.#held = Buffer.alloc(0);
  }

  push(chunk: Buffer): void {
    if (this.#stopped) return;
    const skip = Math.min(this.#toSkip, chunk.length);
    this.#toSkip -= skip;
    const bytes = this.#heldBytes > 0 ? this.#join(chunk) : chunk;
    if (bytes === undefined) return;
    const at = this.#cut(bytes, skip);
    if (!this.#stopped && at < bytes.length) this.#hold(bytes, at);
  }

  /** Gives out the whole frames from `at` on; returns where the first byte lies that belongs to none. */
  #cut(bytes: Buffer, at: number): number {
    this.#need = headerBytes;
    while (bytes.length - at >= headerBytes && !this.#stopped) {
      const type = bytes[at] as number;
      const size = bytes.readUInt32BE(at + 1);
      const limit = this.limits[type] as number;
      const end = at + headerBytes + size;
      if (size > (limit === skipped ? maxFrameBytes : limit)) {
        throw new ProtocolError(`frame of type ${type} with ${size} bytes`);
      }
      if (limit === skipped) {
        this.#toSkip = Math.max(0, end - bytes.length);
        at = Math.min(end, bytes.length);
        continue;
      }
      if (end > bytes.length) {
        this.#need = headerBytes + size;
        return at;
      }
      this.#onFrame(type, bytes, at + headerBytes, end);
      at = end;
    }
    return at;
  }

  /**
   * What was held and the whole chunk in one piece, so that what follows the split frame stays contiguous with it; or, when
   * the frame is still not whole, nothing. Each byte is copied a bounded number of times, however small the chunks are.
   */
  #join(chunk: Buffer): Buffer | undefined {
    const total = this.#heldBytes + chunk.length;
    if (total < this.#need) {
      this.#append(chunk);
      return undefined;
    }
    const joined = Buffer.allocUnsafeSlow(total);
    this.#held.copy(joined, 0, 0, this.#heldBytes);
    chunk.copy(joined, this.#heldBytes);
    this.#held = Buffer.alloc(0);
    this.#heldBytes = 0;
    return joined;
  }

  #hold(bytes: Buffer, at: number): void {
    this.#heldBytes = 0;
    this.#append(bytes.subarray(at));
  }

  /** Room grows with what really came, not with what a header promised. */
  #append(bytes: Buffer): void {
    const total = this.#heldBytes + bytes.length;
    if (total > this.#held.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(total, Math.min(this.#need, 2 * total)));
      this.#held.copy(grown, 0, 0, this.#heldBytes);
      this.#held = grown;
    }
    bytes.copy(this.#held, this.#heldBytes);
    this.#heldBytes = total;
  }
}

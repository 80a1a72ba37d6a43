/*
 * What a visitor says to a node through a relay, one after the other; what the node says is data and nothing else.
 *
 *   u8 kind    0: data; 1: the window's size, columns and rows as u16 each
 *   u32 length of what follows, big-endian
 *   …
 */
export type Frame =
  | { readonly kind: "data"; readonly data: Uint8Array }
  | { readonly kind: "size"; readonly columns: number; readonly rows: number };

const headBytes = 5;
/** One that says more is cut off. */
const mostBytes = 64 * 1024;
const sizeBytes = 4;

export function encodeFrame(frame: Frame): Buffer {
  const body = frame.kind === "data" ? frame.data : sizeOf(frame);
  const head = Buffer.alloc(headBytes);
  head.writeUInt8(frame.kind === "data" ? 0 : 1);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
}

function sizeOf({ columns, rows }: { columns: number; rows: number }): Buffer {
  const body = Buffer.alloc(sizeBytes);
  body.writeUInt16BE(columns);
  body.writeUInt16BE(rows, 2);
  return body;
}

/** The frames of a stream. Throws when something else comes; what was cut off at the end is left out. */
export async function* readFrames(source: AsyncIterable<Buffer>): AsyncGenerator<Frame> {
  let held: Buffer = Buffer.alloc(0);
  for await (const chunk of source) {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    for (let length = bodyBytes(held); held.length >= headBytes + length; length = bodyBytes(held)) {
      yield decode(held.readUInt8(), held.subarray(headBytes, headBytes + length));
      held = held.subarray(headBytes + length);
    }
  }
}

/** Infinite as long as it has not come. */
function bodyBytes(held: Buffer): number {
  if (held.length < headBytes) return Number.POSITIVE_INFINITY;
  const length = held.readUInt32BE(1);
  if (length > mostBytes) throw new Error("a frame is too large");
  return length;
}

function decode(kind: number, body: Buffer): Frame {
  if (kind === 0) return { kind: "data", data: body };
  if (kind === 1 && body.length === sizeBytes) {
    return { kind: "size", columns: body.readUInt16BE(), rows: body.readUInt16BE(2) };
  }
  throw new Error("that is no frame");
}

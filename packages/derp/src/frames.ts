/*
 * DERP frames: one type byte, a big-endian uint32 with the length of the body, then the body.
 *
 *   login:   server ServerKey → client ClientInfo → server ServerInfo
 *   steady:  client SendPacket → server RecvPacket to the destination
 *            either side Ping → the other Pong; server KeepAlive
 */

export const FrameType = {
  ServerKey: 0x01, // magic 8, public key 32
  ClientInfo: 0x02, // public key 32, nonce 24, box
  ServerInfo: 0x03, // nonce 24, box
  SendPacket: 0x04, // destination key 32, packet
  RecvPacket: 0x05, // source key 32, packet
  KeepAlive: 0x06, // empty
  NotePreferred: 0x07, // 1 byte: 1 when this relay is the client's home
  PeerGone: 0x08, // key 32, reason 1
  PeerPresent: 0x09, // key 32, address 16, port 2, flags 1; only to who watches
  WatchConns: 0x10, // empty; only from who knows the mesh key
  ClosePeer: 0x11, // key 32; only from who knows the mesh key
  Ping: 0x12, // 8 bytes
  Pong: 0x13, // the same 8 bytes
  Health: 0x14, // text; empty when healthy again
} as const;

export const PeerGoneReason = { disconnected: 0x00, notHere: 0x01 } as const;

export const headerBytes = 5;
export const keyBytes = 32;
/** The largest packet that may travel, without the key before it. */
export const maxPacketBytes = 65_536;
/** What Tailscale's clients refuse to read. */
export const maxFrameBytes = 1 << 20;
/** DERP's protocol version as upstream counts it. */
export const protocolVersion = 2;

/** A whole frame, with the parts of its body in order. */
export function encodeFrame(type: number, ...parts: Uint8Array[]): Buffer {
  let at = headerBytes;
  for (const part of parts) at += part.length;
  const frame = Buffer.allocUnsafe(at);
  frame[0] = type;
  frame.writeUInt32BE(at - headerBytes, 1);
  at = headerBytes;
  for (const part of parts) {
    frame.set(part, at);
    at += part.length;
  }
  return frame;
}

export function encodePeerGone(key: Uint8Array, reason: number): Buffer {
  return encodeFrame(FrameType.PeerGone, key, Uint8Array.of(reason));
}

/** What a client shows among its warnings; "" takes the warning back. */
export function encodeHealth(text: string): Buffer {
  return encodeFrame(FrameType.Health, Buffer.from(text));
}

/** The magic with which a disco packet ("TS💬") begins, and the least such a packet has: magic, key, nonce. */
const discoMagic = [0x54, 0x53, 0xf0, 0x9f, 0x92, 0xac] as const;
const leastDiscoBytes = discoMagic.length + keyBytes + 24;

/** Whether the packet at [start, end) is path discovery, whose sender wants to hear that nobody is there. */
export function isDisco(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start >= leastDiscoBytes && discoMagic.every((byte, i) => bytes[start + i] === byte);
}

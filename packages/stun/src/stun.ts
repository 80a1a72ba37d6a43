import { isIPv4, isIPv6 } from "node:net";
import { crc32 } from "node:zlib";

/*
 * STUN binding as bytes (RFC 8489, RFC 5389): a header of 20 bytes, then attributes padded to four bytes.
 *
 *   type 2 | length 2 | magic cookie 4 | transaction 12 | (type 2 | length 2 | value, padded) …
 */

const headerBytes = 20;
const transactionBytes = 12;
const cookie = 0x2112a442;

const MessageType = { request: 0x0001, success: 0x0101, error: 0x0111 } as const;

const Attribute = {
  mappedAddress: 0x0001,
  changeRequest: 0x0003,
  errorCode: 0x0009,
  unknownAttributes: 0x000a,
  xorMappedAddress: 0x0020,
  software: 0x8022,
  fingerprint: 0x8028,
} as const;

/** Attributes below this must be understood, or the request be refused. */
const optionalFrom = 0x8000;
const fingerprintXor = 0x5354554e;
const fingerprintBytes = 8;

/** Credentials and ICE's own attributes: meaningless to a server that answers everybody, and no reason to refuse. */
const harmless = new Set([0x0006, 0x0008, 0x0014, 0x0015, 0x001c, 0x0024, 0x0025]);

export interface Request {
  readonly transactionId: Buffer;
  /** Attributes that a server must understand and this one does not. */
  readonly unknown: readonly number[];
}

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** The binding request in a datagram; nothing for anything else, which then deserves no answer. */
export function parseRequest(message: Buffer): Request | undefined {
  if (!isMessage(message) || message.readUInt16BE(0) !== MessageType.request) return undefined;
  const found = attributes(message);
  if (found === undefined) return undefined;
  const mark = found.findIndex(({ type }) => type === Attribute.fingerprint);
  if (mark !== -1 && (mark !== found.length - 1 || !hasFingerprint(message))) return undefined;
  const unknown = found.map(({ type }) => type).filter((type) => type < optionalFrom && !isKnown(type, found));
  return { transactionId: transaction(message), unknown };
}

/** Tells the asker under which address its datagram arrived. */
export function encodeResponse(request: Request, seen: Endpoint): Buffer {
  if (request.unknown.length > 0) return encodeUnknown(request);
  return encode(MessageType.success, request.transactionId, [xorAddress(request.transactionId, seen)]);
}

/** A request as Tailscale's clients send it, which every DERP server's STUN answers. */
export function encodeRequest(transactionId: Uint8Array): Buffer {
  const software = attribute(Attribute.software, Buffer.from("tailnode"));
  const blank = attribute(Attribute.fingerprint, Buffer.alloc(4));
  const message = encode(MessageType.request, transactionId, [software, blank]);
  message.writeUInt32BE(fingerprint(message), message.length - 4);
  return message;
}

/** The address in a success response to this transaction; nothing for anything else. */
export function parseResponse(message: Buffer, transactionId: Uint8Array): Endpoint | undefined {
  if (!isMessage(message) || message.readUInt16BE(0) !== MessageType.success) return undefined;
  if (!transaction(message).equals(transactionId)) return undefined;
  const value = attributes(message)?.find(({ type }) => type === Attribute.xorMappedAddress)?.value;
  if (value === undefined || (value.length !== 8 && value.length !== 20)) return undefined;
  const bytes = xor(value.subarray(4), transactionId);
  const address = bytes.length === 4 ? bytes.join(".") : (bytes.toString("hex").match(/.{4}/g) as string[]).join(":");
  return { address, port: value.readUInt16BE(2) ^ (cookie >>> 16) };
}

function isMessage(message: Buffer): boolean {
  return (
    message.length >= headerBytes &&
    message.length % 4 === 0 &&
    message.readUInt32BE(4) === cookie &&
    message.readUInt16BE(2) === message.length - headerBytes
  );
}

function transaction(message: Buffer): Buffer {
  return Buffer.from(message.subarray(8, 8 + transactionBytes));
}

interface Found {
  readonly type: number;
  readonly value: Buffer;
}

/** Every attribute in order; nothing when one reaches over the end. */
function attributes(message: Buffer): Found[] | undefined {
  const found: Found[] = [];
  let at = headerBytes;
  while (at < message.length) {
    const size = message.readUInt16BE(at + 2);
    const value = message.subarray(at + 4, at + 4 + size);
    if (value.length < size) return undefined;
    found.push({ type: message.readUInt16BE(at), value });
    at += 4 + size + padding(size);
  }
  return at === message.length ? found : undefined;
}

/** A change request that changes nothing is what old clients send by habit. */
function isKnown(type: number, found: readonly Found[]): boolean {
  if (type !== Attribute.changeRequest) return harmless.has(type);
  return found.every((one) => one.type !== type || one.value.every((byte) => byte === 0));
}

function hasFingerprint(message: Buffer): boolean {
  return message.readUInt32BE(message.length - 4) === fingerprint(message);
}

/** Over all before the attribute itself; the header's length already counts it. */
function fingerprint(message: Buffer): number {
  return (crc32(message.subarray(0, message.length - fingerprintBytes)) ^ fingerprintXor) >>> 0;
}

function encodeUnknown({ transactionId, unknown }: Request): Buffer {
  const listed = Buffer.alloc(2 * unknown.length);
  for (const [i, type] of unknown.entries()) listed.writeUInt16BE(type, 2 * i);
  const code = Buffer.concat([Buffer.from([0, 0, 4, 20]), Buffer.from("Unknown Attribute")]);
  const list = attribute(Attribute.unknownAttributes, listed);
  return encode(MessageType.error, transactionId, [attribute(Attribute.errorCode, code), list]);
}

function encode(type: number, transactionId: Uint8Array, parts: readonly Buffer[]): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.writeUInt16BE(type, 0);
  header.writeUInt32BE(cookie, 4);
  header.set(transactionId, 8);
  const message = Buffer.concat([header, ...parts]);
  message.writeUInt16BE(message.length - headerBytes, 2);
  return message;
}

function attribute(type: number, value: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(value.length, 2);
  return Buffer.concat([head, value, Buffer.alloc(padding(value.length))]);
}

function padding(size: number): number {
  return -size & 3;
}

function xorAddress(transactionId: Uint8Array, { address, port }: Endpoint): Buffer {
  const plain = toBytes(address);
  const head = Buffer.from([0, plain.length === 4 ? 1 : 2, 0, 0]);
  head.writeUInt16BE(port ^ (cookie >>> 16), 2);
  return attribute(Attribute.xorMappedAddress, Buffer.concat([head, xor(plain, transactionId)]));
}

/** With the cookie, and for IPv6 the transaction after it. */
function xor(bytes: Uint8Array, transactionId: Uint8Array): Buffer {
  const mask = Buffer.alloc(4 + transactionBytes);
  mask.writeUInt32BE(cookie, 0);
  mask.set(transactionId, 4);
  return Buffer.from(bytes.map((byte, i) => byte ^ (mask[i] as number)));
}

/** Four or sixteen bytes. An IPv4 address that came through an IPv6 socket counts as IPv4: that is what the asker has. */
function toBytes(text: string): Buffer {
  const address = text.replace(/%.*$/, "").replace(/^::ffff:(?=\d+\.)/i, "");
  if (isIPv4(address)) return Buffer.from(address.split(".").map(Number));
  if (!isIPv6(address)) throw new TypeError(`not an address: ${text}`);
  const [head = "", tail] = address.split("::");
  const left = head.split(":").filter(Boolean);
  const right = (tail ?? "").split(":").filter(Boolean);
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => "0");
  return Buffer.from([...left, ...zeros, ...right].map((group) => group.padStart(4, "0")).join(""), "hex");
}

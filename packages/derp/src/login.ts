import { nonceBytes, open, seal } from "./box.ts";
import { encodeFrame, FrameType, keyBytes, protocolVersion } from "./frames.ts";
import type { KeyPair } from "./keys.ts";
import { ProtocolError } from "./protocol-error.ts";

/** "DERP🔑" */
const magic = Buffer.from("44455250f09f9491", "hex");

/** What a client says of itself. Members that are not listed are ignored; a missing one counts as false. */
export interface ClientInfo {
  readonly version: number;
  readonly canAckPings: boolean;
  readonly isProber: boolean;
  /** Opens derper to its operator: 64 hex digits. Sent when given, never read: no relay of ours is meshed. */
  readonly meshKey?: string;
}

/** A box's nonce, given only by tests with vectors. */
interface Fixed {
  readonly nonce?: Uint8Array;
}

export function encodeServerKey(publicKey: Uint8Array): Buffer {
  return encodeFrame(FrameType.ServerKey, magic, publicKey);
}

/** The server's public key; bytes after it are for later versions. */
export function parseServerKey(body: Buffer): Buffer {
  if (body.length < magic.length + keyBytes || !body.subarray(0, magic.length).equals(magic)) {
    throw new ProtocolError("not a server key");
  }
  return Buffer.from(body.subarray(magic.length, magic.length + keyBytes));
}

/** The login of the client with these keys, to be read only by the server. */
export function encodeClientInfo(
  info: ClientInfo,
  keys: KeyPair,
  serverKey: Uint8Array,
  { nonce }: Fixed = {},
): Buffer {
  const { version, canAckPings, isProber, meshKey } = info;
  const json = { version, CanAckPings: canAckPings, IsProber: isProber, meshKey };
  const box = seal(Buffer.from(JSON.stringify(json)), { privateKey: keys.privateKey, peerKey: serverKey }, nonce);
  return encodeFrame(FrameType.ClientInfo, keys.publicKey, box);
}

/** Who logs in, proven by the box having opened; nothing when it does not open. */
export function openClientInfo(
  body: Buffer,
  serverPrivateKey: Uint8Array,
): { key: Buffer; info: ClientInfo } | undefined {
  if (body.length < keyBytes + nonceBytes) throw new ProtocolError(`login of ${body.length} bytes`);
  const key = Buffer.from(body.subarray(0, keyBytes));
  const message = open(body.subarray(keyBytes), { privateKey: serverPrivateKey, peerKey: key });
  if (message === undefined) return undefined;
  const said = parseObject(message);
  const version = typeof said.version === "number" ? said.version : 0;
  return { key, info: { version, canAckPings: said.CanAckPings === true, isProber: said.IsProber === true } };
}

/** The server's answer to an admitted client. */
export function encodeServerInfo(serverPrivateKey: Uint8Array, clientKey: Uint8Array, { nonce }: Fixed = {}): Buffer {
  const json = Buffer.from(JSON.stringify({ version: protocolVersion }));
  return encodeFrame(FrameType.ServerInfo, seal(json, { privateKey: serverPrivateKey, peerKey: clientKey }, nonce));
}

/** The server's protocol version; nothing when the box does not open. */
export function openServerInfo(body: Buffer, keys: KeyPair, serverKey: Uint8Array): number | undefined {
  const message = open(body, { privateKey: keys.privateKey, peerKey: serverKey });
  return message === undefined ? undefined : Number(parseObject(message).version);
}

function parseObject(message: Buffer): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(message.toString());
  } catch {
    throw new ProtocolError("login is not JSON");
  }
  if (typeof value !== "object" || value === null) throw new ProtocolError("login is not an object");
  return value as Record<string, unknown>;
}

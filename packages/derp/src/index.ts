export { FrameDecoder, frameLimits, type OnFrame, uniformLimits } from "./decoder.ts";
export {
  encodeFrame,
  encodeHealth,
  encodePeerGone,
  FrameType,
  headerBytes,
  isDisco,
  keyBytes,
  maxFrameBytes,
  maxPacketBytes,
  PeerGoneReason,
  protocolVersion,
} from "./frames.ts";
export {
  formatNodeKey,
  formatPrivateKey,
  type KeyPair,
  keyPairOf,
  newKeyPair,
  parseNodeKey,
  parsePrivateKey,
} from "./keys.ts";
export {
  type ClientInfo,
  encodeClientInfo,
  encodeServerInfo,
  encodeServerKey,
  openClientInfo,
  openServerInfo,
  parseServerKey,
} from "./login.ts";
export { makeMetaCertificate, metaCertificateDays, parseMetaCertificate, selfSign, toPem } from "./meta-certificate.ts";
export { ProtocolError } from "./protocol-error.ts";

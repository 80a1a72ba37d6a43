/** The peer broke the protocol; its connection cannot go on. The message is for a log, never for the peer. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
}

export {
  type Authority,
  type Issued,
  issue,
  issueServer,
  makeAuthority,
  type ServerCertificate,
} from "./authority.ts";
export { type Enrolment, enrol, type NodeIdentity, openFlow, openSync, renew, type SyncOptions } from "./client.ts";
export { type Digestible, digest } from "./digest.ts";
export type { Admitted, Asked, LinkGate } from "./gate.ts";
export {
  type AgentMessage,
  AgentMessageSchema,
  type Capability,
  type ControlMessage,
  ControlMessageSchema,
  type Desired,
  DesiredSchema,
  type EndsExpected,
  type EnrolRequest,
  type ExpectEnds,
  type Heartbeat,
  type Hello,
  type Instance,
  InstanceSchema,
  type Knock,
  type OpenStream,
  type Operation,
  type OperationResult,
  OperationSchema,
  type Phase,
  type ReachDial,
  type ReachDialled,
  type ReachReady,
  type ReachTest,
  type Reading,
  type Readings,
  type Rendezvous,
  type RenewRequest,
  type StreamMessage,
} from "./gen/berth/link/v1/link_pb.ts";
export { formatJoinToken, type JoinToken, parseJoinToken } from "./join-token.ts";
export { authorityFingerprint, fingerprint, fingerprintOfPem, makeKeyPair, splitCertificates } from "./keys.ts";
export type { AgentMessageInit, ControlMessageInit, EnrolReply, RenewReply, StreamMessageInit } from "./messages.ts";
export { identify, isIssuedBy, type Peer } from "./peer.ts";
export { findRefusal } from "./refusal.ts";
export { type CertificateRequest, makeRequest, readRequest } from "./request.ts";
export { type LinkCredentials, type LinkOptions, type LinkServer, serveLink } from "./server.ts";
export {
  type Caller,
  type LinkHandlers,
  type NodeCaller,
  renewGraceMs,
} from "./service.ts";
export { untilAborted } from "./streams.ts";

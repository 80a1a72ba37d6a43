import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  AgentMessageSchema,
  ControlMessageSchema,
  EnrolResponseSchema,
  RenewResponseSchema,
  StreamMessageSchema,
} from "./gen/berth/link/v1/link_pb.ts";

/** What may be written as a plain object where a message is sent. */
export type AgentMessageInit = MessageInitShape<typeof AgentMessageSchema>;
export type ControlMessageInit = MessageInitShape<typeof ControlMessageSchema>;
export type StreamMessageInit = MessageInitShape<typeof StreamMessageSchema>;
export type EnrolReply = MessageInitShape<typeof EnrolResponseSchema>;
export type RenewReply = MessageInitShape<typeof RenewResponseSchema>;

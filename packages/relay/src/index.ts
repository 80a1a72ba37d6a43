export { type ControlServer, serveControl } from "./control-server.ts";
export { DerpClient, type DerpTarget } from "./derp-client.ts";
export { Knocks } from "./knocks.ts";
export type { Log } from "./log.ts";
export { Relay, type RelayOptions } from "./relay.ts";
export { RelayClient, type RelayClientOptions } from "./relay-client.ts";
export type { Allowance, CounterEntry, CounterReport, Device, Knock, Room, RoomStatus } from "./room.ts";
export { StunServer } from "./stun-server.ts";
export { type DropReason, dropReasons, type EndReason, endReasons, type Tally } from "./tally.ts";

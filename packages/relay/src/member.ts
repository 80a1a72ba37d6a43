import type { Counter } from "./counter.ts";
import type { Meter } from "./meter.ts";
import type { Outbox } from "./outbox.ts";
import type { EndReason } from "./tally.ts";

/** A key that is present in a room, with all connections that proved it. */
export interface Member {
  readonly key: Buffer;
  counter: Counter;
  readonly connections: Set<Peer>;
  /** Gets the packets: the newest connection, or the one that was heard of later (a phone that changed networks, a cloned key). */
  active: Peer;
  /** Who got packets from this key, to be told when it leaves. */
  readonly reached: Set<Peer>;
}

/** Why a connection is told goodbye. */
export type Farewell = "allowance" | "door_closed" | "room_closed";

/** A connection as its room and those who send to it see it. */
export interface Peer {
  readonly room: Company;
  readonly outbox: Outbox;
  /** Set while logged in. */
  member: Member | undefined;
  /** Who got the latest packet: most packets go where the one before went. */
  lastReceiver: Peer | undefined;
  /** Members that list this connection among those they reached. */
  readonly heardFrom: Set<Member>;
  /** Set once the client was told goodbye. */
  readonly dismissedFor: Farewell | undefined;
  /** Whether one more notice of an absent peer is due. */
  mayTellNotHere(): boolean;
  dismiss(reason: Farewell, text?: string): void;
  end(reason: EndReason): void;
}

/** Those who can reach each other, and what they may use up together. */
export interface Company {
  /** By the name of their key. */
  readonly members: Map<string, Member>;
  readonly meter: Meter;
}

/** Keys as map keys: one character per byte. */
export function toName(key: Buffer): string {
  return key.toString("latin1");
}

import type { Connection } from "./connection.ts";
import type { Counter } from "./counters.ts";

/** A key that is present in a room, with all connections that proved it. */
export interface Member {
  readonly key: Buffer;
  counter: Counter;
  readonly connections: Set<Connection>;
  /** Gets the packets: the newest connection, or the one that was heard of later (a phone that changed networks, a cloned key). */
  active: Connection;
  /** Who got packets from this key, to be told when it leaves. */
  readonly reached: Set<Connection>;
}

/** Keys as map keys: one character per byte. */
export function toName(key: Buffer): string {
  return key.toString("latin1");
}

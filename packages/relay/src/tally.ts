/** Why a packet was not delivered: the whole list. */
export const dropReasons = [
  "unknown_destination", // nobody of that key is in the room
  "queue_full", // the receiver does not read fast enough; the oldest packet goes
  "receiver_gone", // it waited for a receiver that left
  "allowance", // it would have crossed the ceiling, or the time is over
  "closing", // its sender has been told goodbye
] as const;
export type DropReason = (typeof dropReasons)[number];

/** Why a connection ended: the whole list. */
export const endReasons = [
  "left", // closed by the client, or lost
  "late", // not logged in within its time
  "crowded", // too many connections that have not logged in
  "bad_login", // proved no key
  "unregistered", // proved a key that is not registered
  "bad_frame",
  "not_draining", // took nothing for 15 s
  "allowance",
  "device_removed",
  "door_closed", // came in by a door whose time is over, or that was taken away
  "room_closed",
  "internal", // a bug; the log has it
] as const;
export type EndReason = (typeof endReasons)[number];

/** Counts by reason, from zero at start. */
export class Tally {
  readonly drops = zeros(dropReasons);
  readonly ends = zeros(endReasons);
}

function zeros<Reason extends string>(reasons: readonly Reason[]): Record<Reason, number> {
  return Object.fromEntries(reasons.map((reason) => [reason, 0])) as Record<Reason, number>;
}

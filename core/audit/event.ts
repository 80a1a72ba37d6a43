import { createHash } from "node:crypto";

export type EventData = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

/** What identifies a person. It is sealed under the key of `accountId`, or of the actor where there is none. */
export type PersonalFields = Readonly<Record<string, string>>;

/** A change, as the code that makes it says it. `data` holds ids and figures, no personal data and no secrets. */
export interface NewEvent {
  /** `slice.happened`, past tense. */
  readonly name: string;
  readonly accountId?: string;
  readonly leaseId?: string;
  readonly nodeId?: string;
  readonly data?: EventData;
  readonly personal?: PersonalFields;
}

/** One part of an event's personal fields: sealed text of a JSON object, and whose key opens it. */
export interface SealedPart {
  readonly of: string;
  readonly sealed: string;
}

/** An event as the chain covers it. */
export interface SealedFields {
  readonly id: string;
  readonly at: Date;
  readonly name: string;
  readonly actor: string;
  readonly account_id: string | null;
  readonly lease_id: string | null;
  readonly node_id: string | null;
  readonly data: unknown;
  /** A list of `SealedPart`, or nothing. */
  readonly personal: unknown;
  readonly origin: string | null;
}

/** What stands before the first event. */
export const chainStart = Buffer.alloc(32);

/** SHA-256 over the hash before, the position, and the event with its members in a fixed order. */
export function sealHash(before: Uint8Array, position: bigint, event: SealedFields): Buffer {
  const fields: unknown[] = [
    event.id,
    event.at.toISOString(),
    event.name,
    event.actor,
    event.account_id,
    event.lease_id,
    event.node_id,
    event.data,
  ];
  // Events from before these columns keep their hashes; a list of another length can't be mistaken for one of these.
  if (event.personal !== null || event.origin !== null) fields.push(event.personal, event.origin);
  return createHash("sha256").update(before).update(`${position}\n`).update(canonical(fields)).digest();
}

/** JSON with sorted members, so that equal values have equal text whatever the database did to their order. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value ?? null);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(",")}}`;
}

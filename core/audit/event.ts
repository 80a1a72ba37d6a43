import { createHash } from "node:crypto";

/** A change, as the code that makes it says it. `data` holds ids and figures, no personal data and no secrets. */
export interface NewEvent {
  /** `slice.happened`, past tense. */
  readonly name: string;
  readonly accountId?: string;
  readonly leaseId?: string;
  readonly nodeId?: string;
  readonly data?: Readonly<Record<string, string | number | boolean | null | readonly string[]>>;
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
}

/** What stands before the first event. */
export const chainStart = Buffer.alloc(32);

/** SHA-256 over the hash before, the position, and the event with its members in a fixed order. */
export function sealHash(before: Uint8Array, position: bigint, event: SealedFields): Buffer {
  const fields = [
    event.id,
    event.at.toISOString(),
    event.name,
    event.actor,
    event.account_id,
    event.lease_id,
    event.node_id,
  ];
  return createHash("sha256")
    .update(before)
    .update(`${position}\n`)
    .update(canonical([...fields, event.data]))
    .digest();
}

/** JSON with sorted members, so that equal values have equal text whatever the database did to their order. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value ?? null);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(",")}}`;
}

import { z } from "zod";
import type { SealedFields } from "./event.ts";
import { parseHead, toSignedHead } from "./head.ts";
import type { Head, Seal } from "./store.ts";

export type ArchivedEvent = SealedFields & Seal;

/** An event with its seal, every field as the chain covers it; what is personal stays sealed under its person's key. */
export function toLine(row: ArchivedEvent): string {
  const { id, at, name, actor, account_id, lease_id, node_id, data, personal, origin } = row;
  const event = { id, at, name, actor, account_id, lease_id, node_id, data, personal, origin };
  return `${JSON.stringify({ position: `${row.position}`, hash: row.hash.toString("hex"), event })}\n`;
}

export const headLine = (head: Head) => `${JSON.stringify({ head: toSignedHead(head) })}\n`;

const textOrNone = z.string().nullable();
const eventLine = z.strictObject({
  position: z.string(),
  hash: z.string(),
  event: z.strictObject({
    id: z.string(),
    at: z.coerce.date(),
    name: z.string(),
    actor: z.string(),
    account_id: textOrNone,
    lease_id: textOrNone,
    node_id: textOrNone,
    data: z.unknown(),
    personal: z.unknown(),
    origin: textOrNone,
  }),
});

export function fromLine(line: string): { event: ArchivedEvent } | { head: Head } {
  const head = parseHead(line);
  if (head) return { head };
  const { position, hash, event } = eventLine.parse(JSON.parse(line));
  return { event: { ...event, position: BigInt(position), event_id: event.id, hash: Buffer.from(hash, "hex") } };
}

import { Refusal } from "@berth/kit";

/** Where a page of a list that is ordered by time and id begins. */
export interface Cursor {
  readonly at: Date;
  readonly id: string;
}

/** The end of the year 9999: what every part of Berth can write down. */
const latestMs = 253_402_300_799_999;

/** Reads the `next` of the page before. */
export function pageAfter(text: string | undefined): Cursor | undefined {
  if (text === undefined) return undefined;
  const [ms, id] = Buffer.from(text, "base64url").toString().split(" ");
  const at = new Date(ms ? Number(ms) : Number.NaN);
  const isTime = at.getTime() >= 0 && at.getTime() <= latestMs;
  if (!id || !isTime) throw new Refusal("invalid", "http.bad_cursor", "`after` is not a `next` of this list");
  return { at, id };
}

type Ordered = { id: string } & ({ created_at: Date } | { at: Date } | { joined_at: Date });

/** A page from up to one row more than its limit. */
export function toPage<Row extends Ordered, Item>(rows: Row[], limit: number, toItem: (row: Row) => Item) {
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  return { items: shown.map(toItem), next: last ? toCursor(last) : null };
}

function toCursor(row: Ordered): string {
  const at = "created_at" in row ? row.created_at : "at" in row ? row.at : row.joined_at;
  return Buffer.from(`${at.getTime()} ${row.id}`).toString("base64url");
}

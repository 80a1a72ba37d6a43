import type { Context } from "../platform/context.ts";
import { chainStart, sealHash } from "./event.ts";
import { isHeadSigned } from "./signing-key.ts";
import { forgottenEvents, type Head, heads, sealedEvents } from "./store.ts";

export interface Finding {
  /** What was checked: `events`, `usage`. */
  readonly check: string;
  readonly rows: number;
  /** Names the first bad row; absent when all is well. */
  readonly problem?: string;
}

const pageSize = 5_000;

/** Walks the whole chain: every hash from the one before, positions without gaps, and the newest heads' signatures. */
export async function verifyEvents(ctx: Context): Promise<Finding> {
  const signed = new Map((await heads(ctx, 1_000)).map((head) => [head.position, head]));
  let hash: Buffer = chainStart;
  let position = 0n;
  for (;;) {
    const page = await sealedEvents(ctx, position, pageSize);
    for (const row of page) {
      if (row.position !== position + 1n) return bad(position, `position ${position + 1n} is missing`);
      position = row.position;
      hash = sealHash(hash, position, row);
      if (!hash.equals(row.hash))
        return bad(position, `event ${row.id} at position ${position} does not match its seal`);
      const problem = headProblem(signed.get(position), hash);
      if (problem) return bad(position, problem);
    }
    if (page.length < pageSize) break;
  }
  const newest = [...signed.keys()].reduce((most, at) => (at > most ? at : most), 0n);
  if (newest > position) return bad(position, `the chain ends at ${position}, its signed head at ${newest}`);
  const forgotten = await forgottenEvents(ctx);
  if (forgotten > 0) return bad(position, `${forgotten} events are neither sealed nor waiting for it`);
  return { check: "events", rows: Number(position) };
}

function headProblem(head: Head | undefined, hash: Buffer): string | undefined {
  if (!head) return undefined;
  if (!head.hash.equals(hash)) return `head ${head.position} was signed over another hash`;
  return isHeadSigned(head) ? undefined : `head ${head.position} has a wrong signature`;
}

const bad = (rows: bigint, problem: string): Finding => ({ check: "events", rows: Number(rows), problem });

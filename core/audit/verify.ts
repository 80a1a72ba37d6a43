import { type Context, snapshot } from "../platform/context.ts";
import { chainStart, type SealedFields, sealHash } from "./event.ts";
import { isHeadSigned, trustedKeys } from "./signing-key.ts";
import { forgottenEvents, type Head, newestHeads, type Seal, sealedEvents } from "./store.ts";

export interface Finding {
  /** What was checked: `events`, `usage`. */
  readonly check: string;
  readonly rows: number;
  /** Names the first bad row; absent when all is well. */
  readonly problem?: string;
}

/** Sealing makes two heads a second; the newest one stands for all before it. */
const headsChecked = 1_000;
const pageSize = 5_000;

/**
 * Walks the whole chain as it is at one moment: every hash from the one before, positions without gaps, and the newest
 * heads' signatures. The last position has a head of its own: nobody without the master key can add to the chain, or cut
 * off its end and leave the heads. Whoever cuts off both is noticed by a head that was `kept` elsewhere.
 */
export async function verifyEvents(ctx: Context, kept: readonly Head[] = []): Promise<Finding> {
  return snapshot(ctx, async (ctx) => {
    const heads = await newestHeads(ctx, headsChecked);
    const walked = await walk(ctx, [...heads, ...kept]);
    const problem =
      walked.problem ??
      keptProblem(walked.position, kept) ??
      endProblem(walked.position, heads[0]?.position ?? 0n) ??
      (await forgotten(ctx));
    return { check: "events", rows: Number(walked.position), ...(problem ? { problem } : {}) };
  });
}

interface Walked {
  /** The last one that was right, or all of them. */
  readonly position: bigint;
  readonly problem?: string;
}

async function walk(ctx: Context, heads: readonly Head[]): Promise<Walked> {
  const keys = await trustedKeys(ctx);
  const signed = Map.groupBy(heads, ({ position }) => position);
  let last: Pick<Seal, "position" | "hash"> = { position: 0n, hash: chainStart };
  for (;;) {
    const page = await sealedEvents(ctx, last.position, pageSize);
    for (const row of page) {
      const problem = linkProblem(last, row) ?? headsProblem(signed.get(row.position) ?? [], row.hash, keys);
      if (problem) return { position: last.position, problem };
      last = row;
    }
    if (page.length < pageSize) return { position: last.position };
  }
}

/** Why an event does not follow on another one, or nothing when it does. */
export function linkProblem(last: Pick<Seal, "position" | "hash">, row: SealedFields & Seal): string | undefined {
  const position = last.position + 1n;
  if (row.position !== position) return `position ${position} is missing`;
  if (sealHash(last.hash, position, row).equals(row.hash)) return undefined;
  return `event ${row.id} at position ${position} does not match its seal`;
}

/** Why heads of one position are not ours over this hash, or nothing when they are. */
export function headsProblem(heads: readonly Head[], hash: Buffer, keys: ReadonlySet<string>): string | undefined {
  for (const head of heads) {
    const problem = headProblem(head, hash, keys);
    if (problem) return problem;
  }
  return undefined;
}

function headProblem(head: Head, hash: Buffer, keys: ReadonlySet<string>): string | undefined {
  if (!head.hash.equals(hash)) return `head ${head.position} was signed over another hash`;
  if (!keys.has(head.public_key.toString("hex"))) return `head ${head.position} is signed with a foreign key`;
  return isHeadSigned(head) ? undefined : `head ${head.position} has a wrong signature`;
}

function endProblem(position: bigint, newestHead: bigint): string | undefined {
  if (position === newestHead) return undefined;
  return `the chain ends at position ${position}, its newest signed head is at ${newestHead}`;
}

function keptProblem(position: bigint, kept: readonly Head[]): string | undefined {
  const beyond = kept.findLast((head) => head.position > position);
  if (!beyond) return undefined;
  return `the chain was cut off: it ends at position ${position}, a head that was kept elsewhere is at ${beyond.position}`;
}

async function forgotten(ctx: Context): Promise<string | undefined> {
  const { count, first } = await forgottenEvents(ctx);
  return count > 0n ? `${count} events are neither sealed nor waiting for it, the first is ${first}` : undefined;
}

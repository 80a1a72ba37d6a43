import { appendFile, open, readFile } from "node:fs/promises";
import { audit, type ReplyOf } from "@berth/api";
import { minuteMs, Refusal } from "@berth/kit";
import type { Context } from "../platform/context.ts";
import type { Sweep } from "../platform/sweeps.ts";
import { type Head, newestHeads } from "./store.ts";

/** The newest signed head, to be kept elsewhere. */
export async function findHead(ctx: Context): Promise<ReplyOf<typeof audit.getHead>> {
  const [head] = await newestHeads(ctx, 1);
  return { head: head ? toSignedHead(head) : null };
}

/** Appends the newest head to a file outside the database, one line of JSON each, when there is a newer one. */
export function headSweep(file: string): Sweep {
  let written: string | undefined;
  return {
    name: "audit.export_head",
    everyMs: minuteMs,
    async run(ctx) {
      const { head } = await findHead(ctx);
      const end = written === undefined ? await lastWritten(file) : { position: written, isWhole: true };
      if (!head || head.position === end.position) return;
      await appendFile(file, `${end.isWhole ? "" : "\n"}${JSON.stringify(head)}\n`, { mode: 0o600, flush: true });
      written = head.position;
    },
  };
}

/** Longer than any line. */
const tailBytes = 1_024;

/** Where a file ends that an earlier start wrote to; it may have been cut off in the middle of a line. */
async function lastWritten(path: string): Promise<{ position?: string; isWhole: boolean }> {
  await using file = await open(path, "a+", 0o600);
  const { size } = await file.stat();
  const start = Math.max(0, size - tailBytes);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(tailBytes), 0, tailBytes, start);
  const text = buffer.subarray(0, bytesRead).toString();
  const last = parseHead(text.trimEnd().split("\n").at(-1) ?? "");
  return { position: last?.position.toString(), isWhole: text === "" || text.endsWith("\n") };
}

/** Reads heads that were exported: lines of the sweep's file, or replies of `GET /events/head`. */
export async function readHeads(file: string): Promise<Head[]> {
  const lines = (await readFile(file, "utf8")).split("\n").map((line) => line.trim());
  const heads = lines.flatMap((line, index) => {
    // A line that was being written when the power went is not a head.
    if (!line.endsWith("}")) return [];
    const head = parseHead(line);
    if (!head) throw new Refusal("invalid", "audit.bad_head", `line ${index + 1} of ${file} is not a signed head`);
    return [head];
  });
  if (heads.length === 0) throw new Refusal("invalid", "audit.bad_head", `there is no signed head in ${file}`);
  return heads;
}

/** The head of a line, or nothing when it is none. */
export function parseHead(line: string): Head | undefined {
  const json = parseJson(line);
  const read = audit.signedHead.safeParse((json as { head?: unknown } | undefined)?.head ?? json);
  if (!read.success) return undefined;
  const { position, hash, publicKey, signature, signedAt } = read.data;
  return {
    position: BigInt(position),
    hash: Buffer.from(hash, "hex"),
    public_key: Buffer.from(publicKey, "hex"),
    signature: Buffer.from(signature, "hex"),
    signed_at: new Date(signedAt),
  };
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

export function toSignedHead(head: Head) {
  return {
    position: head.position.toString(),
    hash: head.hash.toString("hex"),
    publicKey: head.public_key.toString("hex"),
    signature: head.signature.toString("hex"),
    signedAt: head.signed_at.toISOString(),
  };
}

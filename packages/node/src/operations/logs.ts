import { type FileHandle, open } from "node:fs/promises";
import { Refusal, sleep } from "@berth/kit";
import type { Source } from "./flow.ts";
import type { Handler } from "./operations.ts";

/** Where the programs of this node write what they say; absent: elsewhere, such as the system's journal. */
export type LogFiles = Readonly<Partial<Record<"agent" | "relay", string>>>;

/** The end of a log that is looked at, however long its lines are. */
const shownBytes = 256 * 1024;
/** The same where lines are looked for. */
const searchedBytes = 4 * 1024 * 1024;

/** The last lines of the agent's or the relay's log. */
export function tailLogs(files: LogFiles): Handler {
  return async ({ input }) => {
    const { of = "agent", lines = 200 } = input as { of?: string; lines?: number };
    return { of, ...(await lastLines(logFile(files, of), { most: lines })) };
  };
}

/** Of the logs of this node, the last lines that name an instance. */
export function tailInstanceLogs(files: LogFiles): Handler {
  return async ({ instanceId, input }) => {
    const { lines: most = 200 } = input as { lines?: number };
    const found: string[] = [];
    for (const program of ["relay", "agent"]) {
      const { lines } = await lastLines(logFile(files, program), { tailBytes: searchedBytes });
      found.push(...lines.filter((line) => line.includes(instanceId)));
    }
    return { lines: found.sort((a, b) => timeOf(a) - timeOf(b)).slice(-most) };
  };
}

/** When a line of JSON was written; 0 for any other. */
function timeOf(line: string): number {
  return Number(/"time":(\d+)/.exec(line)?.[1] ?? 0);
}

function logFile(files: LogFiles, of: string): string {
  const path = of === "agent" || of === "relay" ? files[of] : undefined;
  if (!path) throw new Refusal("not_found", "logs.not_kept", `this node keeps no file of what its ${of} says`);
  return path;
}

/** `from`: where in the file they end, to read on from there. */
async function lastLines(
  path: string,
  { most = Number.POSITIVE_INFINITY, tailBytes = shownBytes }: { most?: number; tailBytes?: number },
): Promise<{ lines: string[]; from: number }> {
  const file = await openLog(path);
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - tailBytes);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start);
    const lines = buffer.subarray(0, bytesRead).toString().split("\n");
    if (start > 0) lines.shift(); // its beginning is missing
    if (lines.at(-1) === "") lines.pop();
    return { lines: most < lines.length ? lines.slice(-most) : lines, from: start + bytesRead };
  } finally {
    await file.close();
  }
}

/** How often a log is looked at for more. */
const lookMs = 250;
const chunkBytes = 64 * 1024;
const shownFirst = 50;

/** What a log says from now on, after its last lines. Goes on with the new file when the old one was put aside. */
export function followLogs(files: LogFiles): Source {
  return async (input, signal) => {
    const path = logFile(files, (input as { of?: string }).of ?? "agent");
    const { lines, from } = await lastLines(path, { most: shownFirst });
    return { output: follow(path, { lines, from, signal }), write: async () => {} };
  };
}

async function* follow(
  path: string,
  { lines, from, signal }: { lines: readonly string[]; from: number; signal: AbortSignal },
): AsyncGenerator<Uint8Array> {
  if (lines.length > 0) yield Buffer.from(`${lines.join("\n")}\n`);
  let at = from;
  while (!signal.aborted) {
    const next = await readFrom(path, at).catch(() => undefined); // between two files there may be none
    if (next && next.bytes.length > 0) {
      at = next.at;
      yield next.bytes;
    } else await sleep(lookMs, signal).catch(() => {});
  }
}

/** What stands there after a place; a file that is shorter than that is another one. */
async function readFrom(path: string, at: number): Promise<{ bytes: Uint8Array; at: number }> {
  const file = await openLog(path);
  try {
    const { size } = await file.stat();
    const start = size < at ? 0 : at;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(chunkBytes, size - start)), {
      position: start,
    });
    return { bytes: buffer.subarray(0, bytesRead), at: start + bytesRead };
  } finally {
    await file.close();
  }
}

async function openLog(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new Refusal("not_found", "logs.not_kept", "there is no such log on this node");
  }
}

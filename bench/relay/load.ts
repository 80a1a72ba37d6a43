import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { formatPrivateKey, type KeyPair } from "@berth/derp";
import { goTool } from "../../tests/tools.ts";
import { cpuSeconds, residentBytes } from "./process.ts";
import type { Server } from "./servers.ts";

export interface Load {
  readonly keys: readonly KeyPair[];
  readonly pairs: number;
  readonly idle?: number;
  readonly bytes?: number;
  /** Over all pairs; absent: as many as the server takes. */
  readonly packetsPerSecond?: number;
  readonly warmSeconds?: number;
  readonly seconds?: number;
}

export interface Figures {
  readonly cpuSecondsPerGb: number;
  readonly gbitPerSecond: number;
  readonly packetsPerSecond: number;
  /** Of a core, by the server. */
  readonly cores: number;
  readonly deliveredPart: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly suite: string;
}

interface Counted {
  readonly seconds: number;
  readonly sent: number;
  readonly delivered: number;
  readonly bytes: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
}

type Line = { ready: { suite: string } } | { from: true } | { until: true } | { result: Counted };

/** Puts traffic on a server, and adds what it cost in CPU time between the first and the last packet that counts. */
export async function measureTraffic(server: Server, load: Load): Promise<Figures> {
  const program = await startProgram(server, load);
  let suite = "";
  let cpu = 0;
  let counted: Counted | undefined;
  for await (const line of program.lines) {
    if ("ready" in line) {
      suite = line.ready.suite;
      program.go();
    } else if ("from" in line) cpu -= cpuSeconds(server.pid);
    else if ("until" in line) cpu += cpuSeconds(server.pid);
    else counted = line.result;
  }
  await program.ended;
  if (!counted) throw new Error("relayload said nothing");
  const { seconds, sent, delivered, bytes, ...latency } = counted;
  return {
    cpuSecondsPerGb: cpu / (bytes / 1e9),
    gbitPerSecond: (bytes * 8) / 1e9 / seconds,
    packetsPerSecond: delivered / seconds,
    cores: cpu / seconds,
    deliveredPart: delivered / sent,
    ...latency,
    suite,
  };
}

/** What a server holds in memory with these clients connected and silent, in bytes, and before they came. */
export async function measureIdle(server: Server, load: Load): Promise<{ before: number; after: number }> {
  const before = residentBytes(server.pid);
  const program = await startProgram(server, load);
  for await (const line of program.lines) if ("ready" in line) break;
  const after = await settled(server.pid);
  program.go();
  await program.ended;
  return { before, after };
}

/** The least of five seconds: what was garbage has had the time to go. */
async function settled(pid: number): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let second = 0; second < 5; second++) {
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    least = Math.min(least, residentBytes(pid));
  }
  return least;
}

async function startProgram(server: Server, load: Load) {
  const child = spawn(await goTool("relayload"), { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(child, "exit").then(([code]) => {
    if (code !== 0) throw new Error(`relayload ended with ${code}`);
  });
  const { keys, pairs, idle = 0, bytes = 0, packetsPerSecond = 0, warmSeconds = 1, seconds = 1 } = load;
  const plan = { pairs, idle, bytes, packetsPerSecond, warmSeconds, seconds };
  const doors = server.doors.map((address) => ({ address }));
  const secrets = keys.map(({ privateKey }) => formatPrivateKey(privateKey));
  child.stdin.write(`${JSON.stringify({ ...plan, doors, keys: secrets })}\n`);
  return { lines: readLines(child.stdout), go: () => child.stdin.end("\n"), ended };
}

async function* readLines(output: NodeJS.ReadableStream): AsyncGenerator<Line> {
  for await (const line of createInterface({ input: output })) yield JSON.parse(line);
}

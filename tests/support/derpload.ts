import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { goTool } from "../tools.ts";

/** What a device sent and received, over all of its connections. See tests/tools/README.md. */
export interface Counts {
  readonly connected: boolean;
  readonly sentPackets: number;
  readonly sentBytes: number;
  readonly pendingBytes: number;
  readonly unsureBytes: number;
  readonly recvPackets: number;
  readonly recvBytes: number;
  readonly from: Readonly<Record<string, { packets: number; bytes: number }>>;
  readonly corruptPackets: number;
  readonly misorderedPackets: number;
  readonly connects: number;
  readonly breaks: number;
  readonly longestGapMs?: number;
  readonly lastError?: string;
}

type CountsByDevice = Readonly<Record<string, Counts>>;

/** What each command answers. */
interface Answers {
  key: { public: string };
  connect: { ms: number; server: string; node?: string; tls: string; fastStart: boolean };
  send: { sentPackets: number; sentBytes: number; flushed: boolean; counts: Counts };
  flush: { ms: number; counts: Counts };
  close: { counts: Counts };
  expectClosed: { ms: number; cause?: string };
  waitReceived: { ms: number; recvPackets: number; recvBytes: number };
  traffic: { routes: number; devices: number };
  stop: { seconds: number; devices: CountsByDevice };
  stats: { devices: CountsByDevice };
  stun: { mapped: string; local: string; ms: number };
  latency: { ms: number; status: number; node: string };
  netcheck: { udp: boolean; home: number; latencyMs: Readonly<Record<string, number>> };
}

type Do = keyof Answers;

interface Command<D extends Do> {
  readonly do: D;
  readonly device?: string;
  readonly private?: string;
  readonly derpMap?: unknown;
  readonly region?: number;
  readonly reconnect?: boolean;
  readonly to?: string;
  readonly from?: string;
  readonly packets?: number;
  readonly bytes?: number;
  readonly pps?: number;
  readonly flush?: boolean;
  readonly pairs?: readonly (readonly [string, string])[];
  readonly seconds?: number;
  readonly host?: string;
  readonly port?: number;
  readonly within?: number;
}

/** A command that did not succeed, with all that was answered. */
export class DerploadError extends Error {
  readonly answer: Readonly<Record<string, unknown>>;

  constructor(command: object, answer: Record<string, unknown>) {
    super(`${JSON.stringify(command, (name, value) => (name === "derpMap" ? "…" : value))}: ${answer.error}`);
    this.answer = answer;
  }
}

/** Many Tailscale clients in one process, on Tailscale's own packages. */
export interface Derpload {
  /** Throws a `DerploadError` when the command does not succeed. */
  ask<D extends Do>(command: Command<D>): Promise<Answers[D]>;
  /** Ends the program and all of its connections. */
  close(): Promise<void>;
}

/** Commands bound themselves; this is for a program that hangs. */
const answerMs = 60_000;

interface Question {
  readonly command: object;
  readonly resolve: (answer: never) => void;
  readonly reject: (error: Error) => void;
}

/** Starts the program. Ask `need(t, "go")` first. */
export async function startDerpload(): Promise<Derpload> {
  const child = spawn(await goTool("derpload"), { stdio: ["pipe", "pipe", "inherit"] });
  const questions = new Map<number, Question>();
  let lastId = 0;
  const ended = once(child, "exit");
  child.stdin.on("error", () => {}); // the exit says it
  createInterface({ input: child.stdout }).on("line", (line) => {
    const { id, ok, ...answer } = JSON.parse(line);
    const question = questions.get(id);
    questions.delete(id);
    if (ok) question?.resolve(answer as never);
    else question?.reject(new DerploadError(question.command, answer));
  });
  child.on("exit", (code, signal) => {
    for (const { reject } of questions.values()) reject(new Error(`derpload ended (${signal ?? code})`));
    questions.clear();
  });

  return {
    ask(command) {
      const id = ++lastId;
      const { promise, resolve, reject } = Promise.withResolvers<never>();
      const timer = setTimeout(() => reject(new Error(`derpload: no answer to ${command.do}`)), answerMs);
      questions.set(id, { command, resolve, reject });
      child.stdin.write(`${JSON.stringify({ id, ...command })}\n`);
      return promise.finally(() => clearTimeout(timer));
    },
    async close() {
      child.stdin.end();
      const timer = setTimeout(() => child.kill("SIGKILL"), 5_000);
      await ended;
      clearTimeout(timer);
    },
  };
}

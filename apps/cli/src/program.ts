import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, renameSync, statSync } from "node:fs";
import { getCompileCacheDir } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { backoffMs, secondMs, sleep } from "@berth/kit";

export interface Program {
  readonly name: string;
  /** A `.ts` file. */
  readonly main: string;
  readonly env: NodeJS.ProcessEnv;
  readonly logFile: string;
  /** Said on the parent's output when it had to be started again. */
  readonly onRestart?: (how: string) => void;
}

export interface Running {
  readonly pid: () => number | undefined;
  /** The first message that the present process sent. */
  readonly firstMessage: () => Promise<unknown>;
  /** Ends it and does not start it again. Killed after ten seconds. */
  stop(): Promise<void>;
}

/** The program of an app of this repository. */
export const mainOf = (app: string) => fileURLToPath(new URL(`../../${app}/src/main.ts`, import.meta.url));

const largestLogBytes = 50 * 1024 * 1024;

/** Keeps a program running: one that ends is started again, at once and then with backoff. It ends when its parent does. */
export function keepRunning(program: Program): Running {
  let stopping = false;
  let child = launch(program);
  let first = firstMessageOf(child);
  const ended = (async () => {
    for (let attempt = 0; ; attempt++) {
      const startedAt = Date.now();
      const [code, signal] = await exitOf(child);
      if (stopping) return;
      if (Date.now() - startedAt > 2 * secondMs) attempt = 0; // it ran: this is no program that fails to start
      program.onRestart?.(
        `${program.name} ended (${signal ?? code}), starting it again; its log is ${program.logFile}`,
      );
      await sleep(backoffMs(attempt, { firstMs: 50, mostMs: 3_000 }));
      if (stopping) return;
      child = launch(program);
      first = firstMessageOf(child);
    }
  })();
  return {
    pid: () => child.pid,
    firstMessage: () => first,
    async stop() {
      stopping = true;
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), 10 * secondMs);
      await ended;
      clearTimeout(timer);
    },
  };
}

/**
 * An agent runs on machines of 1 GB and allocates little: a small young generation saves it some 10 MB, and compiled code that is
 * found on disk another 20, as nothing has to be compiled (Node 26.10, 2026-11-20: 90 MB instead of 128).
 */
const flagsOf = (main: string) => (main === mainOf("agent") ? ["--max-semi-space-size=1"] : []);
const compileCache = () => {
  const folder = getCompileCacheDir();
  return folder ? { NODE_COMPILE_CACHE: dirname(folder) } : {};
};

function launch({ main, env, logFile }: Program): ChildProcess {
  rotate(logFile);
  const log = openSync(logFile, "a", 0o600);
  // The IPC channel is how the child learns that its parent is gone.
  const child = spawn(process.execPath, [...flagsOf(main), main], {
    env: { ...compileCache(), ...env },
    stdio: ["ignore", log, log, "ipc"],
  });
  child.on("error", () => {});
  closeSync(log);
  return child;
}

async function exitOf(child: ChildProcess): Promise<[number | null, string | null]> {
  if (child.exitCode !== null || child.signalCode !== null) return [child.exitCode, child.signalCode];
  return (await once(child, "exit")) as [number | null, string | null];
}

function firstMessageOf(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve) => child.once("message", resolve));
}

/** One old log is kept beside the present one. */
function rotate(logFile: string): void {
  const size = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0;
  if (size > largestLogBytes) renameSync(logFile, `${logFile}.1`);
}

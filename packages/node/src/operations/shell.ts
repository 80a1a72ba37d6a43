import { spawn } from "node:child_process";
import { homedir, userInfo } from "node:os";
import { PassThrough } from "node:stream";
import type { Flow, Source, TerminalSize } from "./flow.ts";
import { give } from "./give.ts";
import { hangUp } from "./hang-up.ts";
import { openTerminal } from "./terminal.ts";

/**
 * A shell with the rights of the agent: for a person with a terminal, for a program without one, where what is typed comes in
 * by a pipe. It knows nothing of the agent's environment, and what it started ends with a flow that is cut off.
 */
export function shell(): Source {
  return async (input, signal) => {
    const { terminal: size } = input as { terminal?: TerminalSize };
    const cwd = homedir();
    return size ? openTerminal({ size, cwd, env: environment(cwd) }, signal) : openPipes(cwd, signal);
  };
}

function environment(home: string): Record<string, string> {
  const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  return { PATH: path, HOME: home, USER: userInfo().username, LANG: "C.UTF-8" };
}

function openPipes(cwd: string, signal: AbortSignal): Flow {
  const child = spawn("/bin/sh", [], {
    cwd,
    env: { ...environment(cwd), TERM: "dumb" },
    stdio: ["pipe", "pipe", "pipe"],
    detached: true, // a session of its own, to be ended as a whole
  });
  const output = new PassThrough();
  child.stdout.pipe(output, { end: false });
  child.stderr.pipe(output, { end: false });
  child.once("close", () => output.end());
  child.stdin.on("error", () => {}); // it ended first
  child.once("error", (error) => output.destroy(error));
  const gone = Promise.withResolvers<void>();
  child.once("close", () => !signal.aborted && gone.resolve());
  const end = () => void hangUp(child.pid).then(gone.resolve);
  signal.addEventListener("abort", end, { once: true });
  if (signal.aborted) end();
  return { output, isGone: gone.promise, write: (bytes) => give(child.stdin, bytes, signal) };
}

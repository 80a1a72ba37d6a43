import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { homedir } from "node:os";
import { PassThrough } from "node:stream";
import { secondMs } from "@berth/kit";
import type { Source } from "./flows.ts";

/** How long what runs in a shell may take to end after being told. */
const hangUpMs = 2 * secondMs;

/**
 * A shell with the rights of the agent, without a terminal: what is typed comes in by a pipe. It knows nothing of the agent's
 * environment, and everything that it started in the foreground ends with the flow.
 */
export function shell(): Source {
  return async (_input, signal) => {
    const child = spawn("/bin/sh", [], {
      cwd: homedir(),
      env: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", HOME: homedir(), TERM: "dumb" },
      stdio: ["pipe", "pipe", "pipe"],
      detached: true, // a process group of its own, to be ended as a whole
    });
    const output = new PassThrough();
    child.stdout.pipe(output, { end: false });
    child.stderr.pipe(output, { end: false });
    child.once("close", () => output.end());
    child.stdin.on("error", () => {}); // it ended first
    child.once("error", (error) => output.destroy(error));
    signal.addEventListener("abort", () => hangUp(child), { once: true });
    if (signal.aborted) hangUp(child);
    return {
      output,
      async write(bytes) {
        if (!child.stdin.write(bytes) && child.stdin.writable) await once(child.stdin, "drain", { signal });
      },
    };
  };
}

function hangUp(child: ChildProcess): void {
  kill(child, "SIGHUP");
  setTimeout(() => kill(child, "SIGKILL"), hangUpMs).unref();
}

function kill({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // The whole group has ended.
  }
}

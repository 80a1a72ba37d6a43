import { existsSync, writeSync } from "node:fs";
import { PassThrough } from "node:stream";
import type { ReadStream } from "node:tty";
import { Refusal, sleep } from "@berth/kit";
import type { IPty } from "@lydell/node-pty";
import type { Flow, TerminalSize } from "./flow.ts";
import { hangUp, isGone } from "./hang-up.ts";

/** How often a shell whose output nobody takes is looked after. */
const lookMs = 50;
/** As many as a terminal may have of each. */
const most = 1_000;

/** How often a terminal that takes nothing is tried again. */
const fullMs = 20;

/** With what the types do not show of the version that is pinned. */
type Terminal = IPty & { readonly fd: number; readonly _socket: ReadStream };

interface Wanted {
  readonly size: TerminalSize;
  readonly cwd: string;
  readonly env: Record<string, string>;
}

/** A login shell with a terminal of its own. When the flow is cut off, all of its session ends with it. */
export async function openTerminal({ size, cwd, env }: Wanted, signal: AbortSignal): Promise<Flow> {
  const { spawn } = await loadTerminals();
  const { columns: cols, rows } = within(size);
  const name = "xterm-256color";
  const file = existsSync("/bin/bash") ? "/bin/bash" : "/bin/sh";
  const terminal = spawn(file, ["-l"], { name, cols, rows, cwd, env, encoding: null }) as Terminal;
  const gone = Promise.withResolvers<void>();
  let isOver = false;
  terminal.onExit(() => {
    isOver = true;
    if (!signal.aborted) gone.resolve();
  });
  const end = () => !isOver && hangUp(terminal.pid).then(gone.resolve);
  signal.addEventListener("abort", end, { once: true });
  if (signal.aborted) end();
  return {
    output: outputOf(terminal),
    isGone: gone.promise,
    write: (bytes) => type(terminal, bytes, signal),
    resize(next) {
      const { columns, rows } = within(next);
      if (!isOver) terminal.resize(columns, rows);
    },
  };
}

/**
 * Types into it, no faster than what runs there reads. Not by the library: its way to write waits, with the whole process, for
 * a program that reads nothing.
 */
async function type(terminal: Terminal, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
  for (let rest = bytes; rest.length > 0 && !terminal._socket.destroyed && !signal.aborted; ) {
    rest = rest.subarray(writeSome(terminal.fd, rest));
    if (rest.length > 0) await sleep(fullMs, signal).catch(() => undefined);
  }
}

/** How much of it went in; the descriptor waits for nothing. */
function writeSome(fd: number, bytes: Uint8Array): number {
  try {
    return writeSync(fd, bytes);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EAGAIN") return 0;
    if (code === "EIO") return bytes.length; // nobody is left to read it
    throw error;
  }
}

/** Loaded when the first one is wanted: there are machines for which it was not made. */
async function loadTerminals() {
  try {
    return await import("@lydell/node-pty");
  } catch {
    const { platform, arch } = process;
    throw new Refusal("unavailable", "shell.no_terminal", `there are no terminals on ${platform} ${arch}`);
  }
}

/** What it says, no faster than it is taken. */
function outputOf(terminal: Terminal): PassThrough {
  const output = new PassThrough();
  let looking: NodeJS.Timeout | undefined;
  const resume = () => {
    clearInterval(looking);
    looking = undefined;
    terminal.resume();
  };
  // Once the shell has ended, its last words are kept for a moment only: they are taken in, which is at most what a
  // terminal holds.
  const look = () => isGone(terminal.pid) && resume();
  terminal.onData((data) => {
    if (output.write(data) || looking) return;
    terminal.pause();
    looking = setInterval(look, lookMs);
  });
  output.on("drain", resume);
  terminal.onExit(() => {
    clearInterval(looking);
    output.end();
  });
  return output;
}

function within({ columns, rows }: TerminalSize): TerminalSize {
  const bounded = (value: number) => Math.max(1, Math.min(most, Math.trunc(value) || 1));
  return { columns: bounded(columns), rows: bounded(rows) };
}

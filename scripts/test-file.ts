import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";

/** Long enough for the first file that needs Go programs to build them. */
const fileTimeoutMs = 400_000;
/** What a file may take to clean up after SIGTERM. */
const graceMs = 5_000;
const keptOutputChars = 20_000;
/** Each file may listen on so many ports, from BERTH_TEST_PORTS on; all below the range the kernel gives out itself. */
const ports = { first: 20_000, perFile: 200, files: 60 };

export interface TestResult {
  name: string;
  passed: boolean;
  /** Why it did not run; `true` when no reason was given. */
  skip?: string | boolean;
  error?: string;
}

export interface FileResult {
  file: string;
  seconds: number;
  tests: TestResult[];
  /** The end of what it printed. */
  output: string;
}

interface TestFile {
  root: string;
  file: string;
  /** Its place among the files of this run. */
  index: number;
  signal: AbortSignal;
  timeoutMs?: number;
}

/** Runs one test file in a process group of its own, so that whatever it started ends with it. */
export async function runTestFile({
  root,
  file,
  index,
  signal,
  timeoutMs = fileTimeoutMs,
}: TestFile): Promise<FileResult> {
  const startedAt = performance.now();
  const folder = mkdtempSync(join(tmpdir(), "berth-test-"));
  const events = join(folder, "events");
  const reporter = join(import.meta.dirname, "test-events.mjs");
  const child = spawn(
    process.execPath,
    [`--test-reporter=${reporter}`, `--test-reporter-destination=${events}`, join(root, file)],
    {
      cwd: root,
      detached: true,
      env: { ...process.env, BERTH_TEST_PORTS: `${ports.first + (index % ports.files) * ports.perFile}` },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  const output = keepOutput(child);
  const ending = await end(child, AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]));
  const tests = readEvents(events);
  rmSync(folder, { recursive: true, force: true });

  const wrong = whatIsWrong(ending, tests);
  if (wrong) tests.push({ name: "(the file itself)", passed: false, error: wrong });
  return { file, seconds: (performance.now() - startedAt) / 1000, tests, output: output() };
}

function keepOutput(child: ChildProcess): () => string {
  let kept = "";
  const keep = (chunk: Buffer) => {
    kept = (kept + chunk.toString()).slice(-keptOutputChars);
  };
  child.stdout?.on("data", keep);
  child.stderr?.on("data", keep);
  return () => kept;
}

interface Ending {
  code: number | null;
  /** Why it was made to end. */
  reason: unknown;
}

/** Waits for the process to exit, or makes it: SIGTERM at the signal, SIGKILL when that does not help. */
function end(child: ChildProcess, signal: AbortSignal): Promise<Ending> {
  return new Promise((resolve) => {
    let killer: NodeJS.Timeout | undefined;
    const stop = () => {
      killGroup(child, "SIGTERM");
      killer = setTimeout(() => killGroup(child, "SIGKILL"), graceMs);
    };
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
    child.on("exit", (code) => {
      clearTimeout(killer);
      signal.removeEventListener("abort", stop);
      killGroup(child, "SIGKILL"); // what it left behind
      const ending = { code, reason: signal.reason };
      // The rest of its output; a daemon that left the group may hold the pipe open for ever.
      child.on("close", () => resolve(ending));
      setTimeout(() => resolve(ending), 1_000).unref();
    });
  });
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    process.kill(-(child.pid ?? 0), signal);
  } catch {
    // nobody is left
  }
}

function readEvents(file: string): TestResult[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n");
  // The last line is empty, or cut short by a kill.
  return lines.slice(0, -1).map((line) => JSON.parse(line));
}

function whatIsWrong({ code, reason }: Ending, tests: TestResult[]): string | undefined {
  if (reason instanceof DOMException && reason.name === "TimeoutError") return "still running at its deadline";
  if (reason) return "stopped before its end";
  if (code !== 0 && tests.every((test) => test.passed)) return `ended with exit code ${code}`;
  if (tests.length === 0) return "holds no test";
  return undefined;
}

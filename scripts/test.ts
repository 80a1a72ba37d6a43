import { existsSync, globSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { inspect } from "node:util";
import { type FileResult, runTestFile } from "./test-file.ts";
import { printFile, printSummary } from "./test-report.ts";

/**
 * `npm test [-- part-of-a-file-name …]`: runs the tests that this machine can run, names those that it can't and why, and
 * ends with `N passed, N failed, N skipped`.
 */
const root = resolve(import.meta.dirname, "..");

/** What scripts/test-database.ts exports: one PostgreSQL server for the whole run. */
interface TestDatabase {
  url: string;
  stop(): Promise<void>;
}

function findTests(filters: string[]): string[] {
  const files = globSync("{packages,core,offerings,apps,tests}/**/*.test.ts", {
    cwd: root,
    exclude: (path) => path.split("/").includes("node_modules"),
  });
  return files.filter((file) => filters.length === 0 || filters.some((filter) => file.includes(filter))).sort();
}

async function startDatabase(): Promise<TestDatabase | undefined> {
  const module = join(root, "scripts", "test-database.ts");
  if (process.env.BERTH_TEST_DATABASE_URL || !existsSync(module)) return undefined;
  const { startTestDatabase } = await import(module);
  const database: TestDatabase = await startTestDatabase();
  process.env.BERTH_TEST_DATABASE_URL = database.url;
  return database;
}

/** These run many processes and promise how soon something is back: one at a time, with nothing beside them. */
const isWholeSite = (file: string) => file.startsWith("tests/e2e/");

/**
 * Many processes and browsers on few cores: what fails there is tried once more, alone, and it is said. A fault of the code's
 * fails twice; one that the second try hides stands in the output, to be found.
 */
const isOfProcesses = (file: string) => /^tests\/(e2e|console)\//.test(file);

async function runAll(files: string[], signal: AbortSignal): Promise<FileResult[]> {
  const results: FileResult[] = [];
  const all = [...files.entries()];
  const runQueue = async (queue: [number, string][], workers: number) => {
    const work = async () => {
      for (let next = queue.shift(); next && !signal.aborted; next = queue.shift()) {
        const [index, file] = next;
        const result = await runTestFile({ root, file, index, signal });
        printFile(result);
        results.push(result);
      }
    };
    await Promise.all(Array.from({ length: workers }, work));
  };
  await runQueue(
    all.filter(([, file]) => !isWholeSite(file)),
    Math.max(2, availableParallelism()),
  );
  await runQueue(
    all.filter(([, file]) => isWholeSite(file)),
    1,
  );
  const once = results.filter(({ file, tests }) => isOfProcesses(file) && tests.some(({ passed }) => !passed));
  for (const first of signal.aborted ? [] : once) {
    const index = files.indexOf(first.file);
    const second = await runTestFile({ root, file: first.file, index, signal });
    console.log(`a second try, with nothing beside it: ${first.file} failed at the first`);
    printFile(second);
    results[results.indexOf(first)] = second;
  }
  return results.sort((a, b) => a.file.localeCompare(b.file));
}

/** Aborts when somebody wants this run to end, or when whoever started it is gone. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const event of ["SIGINT", "SIGTERM", "SIGHUP", "disconnect"]) process.once(event, () => controller.abort());
  return controller.signal;
}

async function main(): Promise<boolean> {
  const files = findTests(process.argv.slice(2));
  if (files.length === 0) {
    console.log("no test file found");
    return printSummary([]) && false;
  }
  const signal = stopSignal();
  let database: TestDatabase | undefined;
  try {
    database = await startDatabase();
    return printSummary(await runAll(files, signal)) && !signal.aborted;
  } catch (error) {
    const failed = { name: "the run itself", passed: false, error: inspect(error) };
    return printSummary([{ file: "scripts/test.ts", seconds: 0, tests: [failed], output: "" }]);
  } finally {
    await database?.stop();
  }
}

process.exitCode = (await main()) ? 0 : 1;
if (process.connected) process.disconnect?.();

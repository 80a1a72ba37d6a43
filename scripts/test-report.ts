import type { FileResult, TestResult } from "./test-file.ts";

const isSkipped = (test: TestResult) => test.passed && test.skip !== undefined && test.skip !== false;
const isPassed = (test: TestResult) => test.passed && !isSkipped(test);
const isFailed = (test: TestResult) => !test.passed;

/** One line when a file is done. */
export function printFile({ file, seconds, tests }: FileResult): void {
  const failed = tests.filter(isFailed).length;
  const skipped = tests.filter(isSkipped).length;
  const notes = [failed && `${failed} failed`, skipped && `${skipped} skipped`].filter(Boolean).join(", ");
  const mark = failed > 0 ? "FAILED" : "ok    ";
  console.log(`${mark} ${seconds.toFixed(1).padStart(5)} s  ${file}: ${tests.length} tests${notes && `, ${notes}`}`);
}

/** What did not run and why, what failed and how, and the last line. Answers whether all is well. */
export function printSummary(files: FileResult[]): boolean {
  printSkipped(files);
  for (const file of files) if (file.tests.some(isFailed)) printFailed(file);
  const tests = files.flatMap((file) => file.tests);
  const count = (is: (test: TestResult) => boolean) => tests.filter(is).length;
  console.log(`\n${count(isPassed)} passed, ${count(isFailed)} failed, ${count(isSkipped)} skipped`);
  return count(isFailed) === 0;
}

function printSkipped(files: FileResult[]): void {
  const skipped = files.flatMap(({ file, tests }) => tests.filter(isSkipped).map((test) => ({ file, ...test })));
  const byReason = Object.groupBy(skipped, ({ skip }) => (typeof skip === "string" ? skip : "no reason given"));
  if (skipped.length > 0) console.log("\nnot run on this machine:");
  for (const [reason, tests = []] of Object.entries(byReason)) {
    console.log(`  ${reason}`);
    for (const { file, name } of tests) console.log(`    ${file}: ${name}`);
  }
}

function printFailed({ file, tests, output }: FileResult): void {
  for (const { name, error } of tests.filter(isFailed)) {
    console.log(`\nFAILED ${file}: ${name}\n${indent(error ?? "no error given")}`);
  }
  if (output.trim()) console.log(`\n  output of ${file}:\n${indent(output.trimEnd())}`);
}

function indent(text: string): string {
  return text.replace(/^/gm, "  ");
}

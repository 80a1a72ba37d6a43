/**
 * A reporter for `node --test-reporter`: the results of one test file as lines of JSON, each written when it is known,
 * so that what a file did before it was killed is not lost.
 * @param {AsyncIterable<import("node:test/reporters").TestEvent>} source
 */
export default async function* lines(source) {
  for await (const event of source) {
    const result = toResult(event);
    if (result) yield `${JSON.stringify(result)}\n`;
  }
}

/**
 * @param {import("node:test/reporters").TestEvent} event
 * @returns {import("./test-file.ts").TestResult | undefined}
 */
function toResult({ type, data }) {
  if (type !== "test:pass" && type !== "test:fail") return undefined;
  // A suite counts only when it fails by itself, by a hook.
  if ((data.details.type === "suite" && type === "test:pass") || isFailedParent(data)) return undefined;
  return { name: data.name, passed: type === "test:pass", skip: data.skip ?? data.todo, error: errorOf(data) };
}

/**
 * A parent fails with its subtests: they have been reported.
 * @param {import("node:test").EventData.TestPass | import("node:test").EventData.TestFail} data
 */
function isFailedParent({ details }) {
  return "error" in details && "failureType" in details.error && details.error.failureType === "subtestsFailed";
}

/** @param {import("node:test").EventData.TestPass | import("node:test").EventData.TestFail} data */
function errorOf({ details }) {
  if (!("error" in details)) return undefined;
  const cause = details.error.cause ?? details.error;
  const text = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  return text.replace(/\n +at .*node:internal.*/g, "");
}

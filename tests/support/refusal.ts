import assert from "node:assert/strict";
import { ApiError, type Problem } from "@berth/api";

/** What control said when it refused; a call that it granted fails the test. */
export async function problemOf(call: Promise<unknown>): Promise<Problem> {
  const error = await call.then(() => undefined).catch((error: unknown) => error);
  assert.ok(error instanceof ApiError, `not refused: ${String(error)}`);
  return error.problem;
}

/** Status and code of a refusal, as `409 leases.wrong_state`. */
export async function refusalOf(call: Promise<unknown>): Promise<string> {
  const { status, code } = await problemOf(call);
  return `${status} ${code}`;
}

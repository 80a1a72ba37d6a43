import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { Refusal, refusalKinds } from "@berth/kit";
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { isDatabaseAway, isUnstorable, lackOf } from "./database.ts";

/** What only HTTP can refuse: its status says more than a kind does. */
export class HttpRefusal extends Refusal {
  readonly status: number;

  constructor(
    status: 400 | 405 | 406 | 415 | 422,
    code: string,
    message: string,
    details: Record<string, unknown> = {},
  ) {
    super("invalid", code, message, details);
    this.status = status;
  }
}

/** RFC 9457 without what belongs to one request: `instance` and `traceId`. */
export type Answer = { status: number; code: string; title: string; detail: string; [extra: string]: unknown };

/** Refusals of Fastify itself, by status; all others are `http.bad_request`. */
const codes: Readonly<Record<number, string>> = { 413: "http.too_large", 415: "http.wrong_type" };

/** What a caller hears of an error. Of a bug nothing but that there is one. */
export function toProblem(error: FastifyError | Refusal): Answer {
  if (error instanceof Refusal) return ofRefusal(error);
  if (error.validation) {
    const issues = error.validation.map(({ instancePath, message }) => ({ at: instancePath || "/", message }));
    return { ...problem(400, "http.invalid", "invalid", error.message), issues };
  }
  if (isUnstorable(error)) {
    return {
      ...problem(400, "http.invalid", "invalid", "a text here holds characters that can't be stored"),
      issues: [],
    };
  }
  const passing = passingProblem(error);
  if (passing) return passing;
  const status = error.statusCode ?? 500;
  if (status < 500) return problem(status, codes[status] ?? "http.bad_request", "invalid", error.message);
  return problem(500, "internal", "internal", "something broke; quote the trace id");
}

/** What may work later without any change. */
function passingProblem(error: unknown): Answer | undefined {
  if (isDatabaseAway(error)) {
    const detail = "the database is restarting; try again in a moment";
    return { ...problem(503, "database.away", "unavailable", detail), retryAfterSeconds: 2 };
  }
  const lack = lackOf(error);
  if (lack === "room") {
    const detail = "the database has no room left, so nothing is changed; what is there can be read";
    return { ...problem(503, "database.full", "unavailable", detail), retryAfterSeconds: 30 };
  }
  if (lack === undefined) return undefined;
  const detail = "the database has too much to do; try again in a moment";
  return { ...problem(503, "database.busy", "unavailable", detail), retryAfterSeconds: 5 };
}

function ofRefusal(error: Refusal): Answer {
  const status = error instanceof HttpRefusal ? error.status : refusalKinds[error.kind].http;
  return { ...error.details, ...problem(status, error.code, error.kind, error.message) };
}

function problem(status: number, code: string, title: string, detail: string): Answer {
  return { type: `urn:berth:${code}`, status, code, title, detail };
}

/** Answers a request with a problem; a bug is logged, under the same trace id. */
export function answerProblem(
  error: FastifyError | Refusal,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const problem = toProblem(error);
  if (problem.code === "database.full") request.log.error({ error: error.message }, "database full, change refused");
  if (problem.status >= 500 && problem.code === "internal") {
    request.log.error({ error: error.stack, cause: String(error.cause ?? "") }, "request failed");
  }
  if (typeof problem.retryAfterSeconds === "number") reply.header("retry-after", String(problem.retryAfterSeconds));
  if (Array.isArray(problem.allow)) reply.header("allow", problem.allow.join(", "));
  return reply
    .code(problem.status)
    .type("application/problem+json")
    .serializer(JSON.stringify)
    .send({ ...problem, instance: request.url.split("?")[0], traceId: request.id });
}

/** What can't be read as HTTP never becomes a request: it is answered on the bare connection, which then ends. */
export function answerUnreadable(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) return;
  const isLate = error.code === "ERR_HTTP_REQUEST_TIMEOUT";
  const status = isLate ? 408 : error.code === "HPE_HEADER_OVERFLOW" ? 431 : 400;
  const detail = isLate ? "the request took too long to arrive" : "this can't be read as HTTP";
  const body = JSON.stringify(problem(status, "http.unreadable", "invalid", detail));
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    "content-type: application/problem+json",
    `content-length: ${Buffer.byteLength(body)}`,
    "x-content-type-options: nosniff",
    "cache-control: no-store",
    "connection: close",
  ];
  socket.end(`${lines.join("\r\n")}\r\n\r\n${body}`);
}

import {
  ApiError,
  type CallOf,
  createClient,
  createRehearsal,
  type DryRun,
  type Problem,
  type ReplyOf,
  type Route,
} from "@berth/api";
import { noteDate } from "../time/clock.ts";

/** The session travels in a cookie that scripts can't read. */
const send: typeof fetch = async (input, init) => {
  const response = await fetch(input, init).catch(() => {
    throw away("network");
  });
  noteDate(response.headers.get("date"));
  if (/json/.test(response.headers.get("content-type") ?? "")) return response;
  throw away(`http.${response.status}`, response.status);
};

/** Stands for an answer that did not come, or can't be read. */
function away(code: string, status = 0): ApiError {
  return new ApiError({ status, code, title: code, detail: code, traceId: "" });
}

const options = { url: location.origin, fetch: send };
const direct = createClient(options);
const directRehearsal = createRehearsal(options);

type AskForProof = (refused: ApiError) => Promise<void>;
let askForProof: AskForProof = async (refused) => {
  throw refused;
};

/** Who asks for a fresh proof when control wants one; what was refused is tried once more after it. */
export function onStepUp(ask: AskForProof): void {
  askForProof = ask;
}

async function withProof<Answer>(attempt: () => Promise<Answer>): Promise<Answer> {
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof ApiError) || error.problem.code !== "accounts.step_up") throw error;
    await askForProof(error);
    return attempt();
  }
}

/** One request, typed by its route. Throws `ApiError`. */
export function call<R extends Route>(route: R, input: CallOf<R>, idempotencyKey?: string): Promise<ReplyOf<R>> {
  return withProof(() => direct(route, input, idempotencyKey === undefined ? {} : { idempotencyKey }));
}

/** What a request would do; nothing changes. */
export function rehearse<R extends Route>(route: R, input: CallOf<R>): Promise<DryRun<ReplyOf<R>>> {
  return withProof(() => directRehearsal(route, input));
}

/** What went wrong, in a form that can be shown. A mistake of the page goes to the browser's console as well. */
export function toProblem(error: unknown): Problem {
  if (error instanceof ApiError) return error.problem;
  console.error(error);
  return { status: 0, code: "page", title: "page", detail: String(error), traceId: "" };
}

/** True when nothing is wrong with the question: control or its database is away for a moment. */
export function isAway({ code, status }: Problem): boolean {
  return code === "network" || status === 502 || status === 503 || status === 504;
}

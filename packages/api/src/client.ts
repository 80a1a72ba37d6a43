import type { z } from "zod";
import { type CallOf, type DryRun, pathNames, type ReplyOf, type Route } from "./route.ts";

/** What control says when it refuses: RFC 9457 with a permanent `code`. */
export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly traceId: string;
  readonly [extra: string]: unknown;
}

export class ApiError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(`${problem.code}: ${problem.detail}`);
    this.name = "ApiError";
    this.problem = problem;
  }
}

export interface ClientOptions {
  /** Where control is reached, without `/api/v1`. */
  readonly url: string;
  /** A session's token, asked for at each call. */
  readonly token?: () => string | undefined;
  readonly fetch?: typeof fetch;
  readonly timeoutMs?: number;
}

export interface CallOptions {
  /** Repeated with the same key, a request is answered again and not done again. */
  readonly idempotencyKey?: string;
}

export type Call = <R extends Route>(route: R, input: CallOf<R>, options?: CallOptions) => Promise<ReplyOf<R>>;

export type Rehearse = <R extends Route>(route: R, input: CallOf<R>) => Promise<DryRun<ReplyOf<R>>>;

/** A typed client: input and reply are those of the route. Throws `ApiError` for what control refused. */
export function createClient(options: ClientOptions): Call {
  return async (route, input, { idempotencyKey } = {}) => {
    const headers: Record<string, string> = idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey };
    const reply = await exchange(options, { route, ...place(route, input), headers });
    return (route.reply as z.ZodType).parse(reply) as never;
  };
}

/** The same for dry runs: what would be answered and recorded, while nothing changes. */
export function createRehearsal(options: ClientOptions): Rehearse {
  return async (route, input) => {
    const { query, ...placed } = place(route, input);
    const asked = { route, ...placed, query: query === "" ? "?dryRun=true" : `${query}&dryRun=true`, headers: {} };
    const { reply, ...run } = (await exchange(options, asked)) as DryRun<unknown>;
    return { ...run, reply: (route.reply as z.ZodType).parse(reply) as never };
  };
}

type Asked = ReturnType<typeof place> & { readonly route: Route; readonly headers: Readonly<Record<string, string>> };

async function exchange(
  { url, token, fetch: send = fetch, timeoutMs = 15_000 }: ClientOptions,
  { route, path, query, body, headers }: Asked,
): Promise<unknown> {
  const bearer = token?.();
  const response = await send(`${url}/api/v1${path}${query}`, {
    method: route.method,
    headers: {
      accept: "application/json",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
      ...headers,
    },
    body,
    signal: AbortSignal.timeout(timeoutMs),
  });
  const reply = await response.json();
  if (!response.ok) throw new ApiError(reply as Problem);
  return reply;
}

function place(route: Route, input: object) {
  const rest: Record<string, unknown> = { ...input };
  let path = route.path;
  for (const name of pathNames(route.path)) {
    path = path.replace(`:${name}`, encodeURIComponent(String(rest[name])));
    delete rest[name];
  }
  if (route.method !== "GET")
    return { path, query: "", body: route.method === "POST" ? JSON.stringify(rest) : undefined };
  const present = Object.entries(rest).filter(([, value]) => value !== undefined);
  const query = new URLSearchParams(present.map(([name, value]) => [name, String(value)])).toString();
  return { path, query: query && `?${query}`, body: undefined };
}

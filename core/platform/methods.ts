import { Refusal } from "@berth/kit";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { HttpRefusal } from "./problems.ts";

/** Answers what no route takes: a page where there may be one, 405 with `Allow` where another method would be taken, else 404. Call it before any route. */
export function refuseUnknown(app: FastifyInstance): void {
  const methods = new Map<string, Set<string>>();
  app.addHook("onRoute", ({ url, method }) => {
    const known = methods.get(url) ?? new Set<string>();
    for (const name of [method].flat()) known.add(name);
    methods.set(url, known);
  });
  app.setNotFoundHandler((request: FastifyRequest, reply: FastifyReply) => {
    const path = request.url.split("?")[0] ?? "";
    const allow = [...methods].flatMap(([pattern, names]) => (matches(pattern, path) ? [...names] : []));
    const page = allow.length === 0 ? app.showPage?.(request, reply) : undefined;
    if (page) return page;
    if (allow.length === 0)
      throw new Refusal("not_found", "http.no_such_route", `there is no ${request.method} ${path}`);
    const sorted = [...new Set(allow)].sort();
    throw new HttpRefusal(405, "http.wrong_method", `${path} takes ${sorted.join(", ")}`, { allow: sorted });
  });
}

function matches(pattern: string, path: string): boolean {
  const [wanted, given] = [pattern.split("/"), path.split("/")];
  const hasRest = wanted.at(-1) === "*";
  if (hasRest ? given.length < wanted.length : given.length !== wanted.length) return false;
  return wanted.every((step, at) => step === "*" || step === given[at] || (step.startsWith(":") && given[at] !== ""));
}

import { pathNames, type Route, takesDryRun, takesKey } from "@berth/api";
import type { FastifySchema } from "fastify";
import { z } from "zod";

const dryRun = {
  dryRun: z
    .enum(["true", "false"])
    .optional()
    .describe("true: say what would happen and change nothing. The answer is `{ dryRun: true, reply, events }`"),
};

const format = {
  format: z.enum(["json", "csv"]).optional().describe("csv: the whole list from `after` on as a file, not one page"),
};

/** Headers have others beside them, so these alone may hold what is not named here. */
const keyHeader = z.looseObject({
  "idempotency-key": z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/, "1 to 255 visible characters")
    .optional()
    .describe(
      "one per intended change: repeated with it within 48 hours, a request is answered again and not done again",
    ),
});

export function hasBody({ method }: Route): boolean {
  return method !== "GET" && method !== "DELETE";
}

/** What of a query is about the request itself and no input of the use case. */
export function ownQuery(declared: Route): z.ZodRawShape {
  return { ...(takesDryRun(declared) ? dryRun : {}), ...(declared.csv ? format : {}) };
}

/** Splits a route's input into what Fastify validates and documents apart. Unknown fields are refused everywhere. */
export function toSchema(declared: Route): FastifySchema & Record<string, unknown> {
  const names = Object.fromEntries(pathNames(declared.path).map((name) => [name, true as const]));
  const params = declared.input.pick(names).strict();
  const rest = declared.input.omit(names).strict();
  const own = ownQuery(declared);
  return {
    summary: declared.summary,
    operationId: operationId(declared),
    tags: [declared.path.split("/")[1] ?? ""],
    ...(Object.keys(names).length > 0 ? { params } : {}),
    ...(takesKey(declared) ? { headers: keyHeader } : {}),
    ...(hasBody(declared)
      ? { body: rest, querystring: z.strictObject(own) }
      : { querystring: rest.extend(own).strict() }),
    response: { 200: declared.reply },
    ...(declared.permission === "public"
      ? { security: [] }
      : { security: [{ session: [] }], "x-permission": declared.permission }),
  };
}

function operationId({ method, path }: Route): string {
  const words = path.replaceAll(":", "by-").split(/[/-]/).filter(Boolean);
  return method.toLowerCase() + words.map((word) => word[0]?.toUpperCase() + word.slice(1)).join("");
}

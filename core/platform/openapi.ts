import swagger from "@fastify/swagger";
import type { FastifyInstance } from "fastify";
import { jsonSchemaTransform } from "fastify-type-provider-zod";
import { exampleOf, type JsonSchema } from "./openapi-examples.ts";

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema: JsonSchema;
  example?: unknown;
}

interface Answer {
  description: string;
  content?: Record<string, { schema: JsonSchema }>;
  headers?: object;
}

interface Operation {
  readonly parameters?: Parameter[];
  readonly requestBody?: { readonly content: Record<string, { schema: JsonSchema; example?: unknown }> };
  readonly responses: Record<string, Answer>;
}

const problem = {
  type: "object",
  description: "RFC 9457. `code` is permanent; `detail` is for people. Some codes come with more fields.",
  required: ["type", "status", "code", "title", "detail", "instance", "traceId"],
  properties: {
    type: { type: "string", examples: ["urn:berth:http.invalid"] },
    status: { type: "integer" },
    code: { type: "string", examples: ["http.invalid"] },
    title: { type: "string", description: "the kind of refusal" },
    detail: { type: "string" },
    instance: { type: "string", description: "the path that was asked for" },
    traceId: { type: "string", description: "by which the log finds this request" },
    issues: {
      type: "array",
      description: "of `http.invalid`: what is wrong, and where",
      items: { type: "object", properties: { at: { type: "string" }, message: { type: "string" } } },
    },
    retryAfterSeconds: { type: "integer", description: "the same as `Retry-After`" },
  },
};

const dryRunEvent = {
  type: "object",
  required: ["name", "accountId", "leaseId", "nodeId", "data"],
  properties: {
    name: { type: "string" },
    accountId: { type: ["string", "null"] },
    leaseId: { type: ["string", "null"] },
    nodeId: { type: ["string", "null"] },
    data: { type: "object" },
  },
};

/** Prints the OpenAPI document from the declared routes, and answers it under `/api/openapi.json`. */
export async function documentRoutes(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: { title: "Berth", version: "0.1.0" },
      components: {
        securitySchemes: { session: { type: "http", scheme: "bearer" } },
        schemas: { Problem: problem as never, DryRunEvent: dryRunEvent as never },
      },
    },
    transform: jsonSchemaTransform,
  });
  let document: object | undefined;
  app.get("/api/openapi.json", { schema: { hide: true } }, async () => {
    document ??= complete(app.swagger() as unknown as { paths: Record<string, Record<string, Operation>> });
    return document;
  });
}

/** Adds what follows from the way of every request and stands in no single route. */
function complete<Document extends { paths: Record<string, Record<string, Operation>> }>(document: Document): Document {
  for (const operations of Object.values(document.paths)) {
    for (const operation of Object.values(operations)) {
      addExamples(operation);
      addAnswers(operation);
    }
  }
  return document;
}

function addExamples({ parameters = [], requestBody }: Operation): void {
  for (const parameter of parameters) {
    if (parameter.required) parameter.example = exampleOf(parameter.schema, parameter.name);
  }
  for (const body of Object.values(requestBody?.content ?? {})) body.example = exampleOf(body.schema);
}

function addAnswers({ parameters = [], responses }: Operation): void {
  const takes = (name: string) => parameters.some((parameter) => parameter.name === name);
  const content = { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } };
  responses.default = { description: "Refused: the problem says why", content };
  const done = responses["200"];
  const json = done?.content?.["application/json"];
  if (!done?.content || !json) return;
  done.description = "Done";
  if (takes("dryRun")) json.schema = { anyOf: [json.schema, dryRunOf(json.schema)] };
  if (takes("format")) done.content["text/csv"] = { schema: { type: "string" } };
  if (takes("idempotency-key")) {
    const description = "true: this request was done before, and is only answered again";
    done.headers = { "Idempotency-Replayed": { description, schema: { type: "string", enum: ["true"] } } };
  }
}

function dryRunOf(reply: JsonSchema): JsonSchema {
  const events = { type: "array", items: { $ref: "#/components/schemas/DryRunEvent" } };
  return {
    type: "object",
    description: "of `?dryRun=true`: what would be answered and recorded",
    required: ["dryRun", "reply", "events"],
    properties: { dryRun: { const: true }, reply, events },
  };
}

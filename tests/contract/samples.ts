import type { Route } from "@berth/api";
import { newId } from "@berth/kit";
import fc from "fast-check";
import { z } from "zod";
import { nodeKey } from "../support/devices.ts";
import { nameOf } from "./routes.ts";

type Schema = Readonly<Record<string, unknown>>;

/** Where a value has to mean something, or no schema can say what it is. */
const known: Readonly<Record<string, () => unknown>> = {
  key: () => nodeKey(),
  username: () => `u${newId("x").slice(-20)}`,
  host: () => "127.0.0.1",
  email: () => `${newId("x").slice(-20)}@example.com`,
  password: () => "a long enough password",
  currentPassword: () => "a long enough password",
  redeemBy: () => new Date(Date.now() + 30 * 86_400_000).toISOString(),
};

const kinds: Readonly<Record<string, unknown>> = { "POST /plans": "derp" };

const schemas = new Map<Route, Schema>();

/** An input that the route takes: what it demands, and nothing that it can do without. */
export function sampleOf(route: Route): Record<string, unknown> {
  const schema = schemas.get(route) ?? (z.toJSONSchema(route.input, { io: "input", unrepresentable: "any" }) as Schema);
  schemas.set(route, schema);
  const fields = (schema.properties ?? {}) as Record<string, Schema>;
  const demanded = (schema.required ?? []) as string[];
  const sample = Object.fromEntries(demanded.map((name) => [name, fieldOf(name, fields[name] ?? {})]));
  if ("kind" in sample && kinds[nameOf(route)]) sample.kind = kinds[nameOf(route)];
  return sample;
}

function fieldOf(name: string, schema: Schema): unknown {
  return known[name]?.() ?? valueFor(schema);
}

function valueFor(schema: Schema): unknown {
  if ("const" in schema) return schema.const;
  const [first] = (schema.enum ?? []) as unknown[];
  if (first !== undefined) return first;
  const [option] = (schema.anyOf ?? schema.oneOf ?? schema.allOf ?? []) as Schema[];
  if (option) return valueFor(option);
  switch (schema.type) {
    case "object":
      return objectOf(schema);
    case "array":
      return Array.from({ length: Number(schema.minItems ?? 0) }, () => valueFor((schema.items ?? {}) as Schema));
    case "integer":
    case "number":
      return Math.max(1, Number(schema.minimum ?? 1));
    case "boolean":
      return true;
    case "string":
      return textOf(schema);
    default:
      return {};
  }
}

function objectOf(schema: Schema): unknown {
  const fields = (schema.properties ?? {}) as Record<string, Schema>;
  const demanded = (schema.required ?? []) as string[];
  return Object.fromEntries(demanded.map((name) => [name, fieldOf(name, fields[name] ?? {})]));
}

function textOf({ format, pattern, minLength = 1 }: Schema): string {
  if (format === "email") return "somebody@example.com";
  if (format === "date-time") return "2026-01-01T00:00:00.000Z";
  if (format === "uri") return "https://example.com/";
  const prefix = /^\^([a-z]+)_/.exec(String(pattern ?? ""))?.[1];
  if (prefix) return newId(prefix);
  if (typeof pattern === "string") return matching(pattern);
  return "a".repeat(Math.max(Number(minLength), 8));
}

const texts = new Map<string, string>();

/** One text of a pattern, the same at every call. */
function matching(pattern: string): string {
  const known = texts.get(pattern);
  if (known !== undefined) return known;
  const [text = ""] = fc.sample(fc.stringMatching(new RegExp(pattern, "u")), { numRuns: 1, seed: 7 });
  texts.set(pattern, text);
  return text;
}

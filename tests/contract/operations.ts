import type { Route } from "@berth/api";
import type { JsonSchema } from "../../core/platform/openapi-examples.ts";
import type { TestControl } from "../support/control.ts";
import { declaredRoutes } from "./routes.ts";

/** One operation as the OpenAPI document tells of it, with the route that declared it. */
export interface Operation {
  readonly method: string;
  /** With `{name}` for what is taken from the path. */
  readonly path: string;
  readonly route: Route;
  readonly query: readonly { readonly name: string; readonly schema: JsonSchema }[];
  /** Its example for what the path holds. */
  readonly names: Readonly<Record<string, string>>;
  readonly body: { readonly schema: JsonSchema; readonly example: Readonly<Record<string, unknown>> } | undefined;
}

interface Printed {
  readonly parameters?: readonly { name: string; in: string; schema: JsonSchema; example?: unknown }[];
  readonly requestBody?: { content: Record<string, { schema: JsonSchema; example: Record<string, unknown> }> };
}

/** All operations of declared routes. */
export async function operationsOf({ send }: TestControl): Promise<Operation[]> {
  const response = await send("http://test/api/openapi.json");
  const { paths } = (await response.json()) as { paths: Record<string, Record<string, Printed>> };
  return declaredRoutes.flatMap((route) => {
    const path = `/api/v1${route.path.replace(/:([A-Za-z]+)/g, "{$1}")}`;
    const printed = paths[path]?.[route.method.toLowerCase()];
    // That each is served has a test of its own.
    if (!printed) return [];
    const { parameters = [], requestBody } = printed;
    const inPath = parameters.filter((parameter) => parameter.in === "path");
    const operation: Operation = {
      method: route.method,
      path,
      route,
      query: parameters.filter((parameter) => parameter.in === "query"),
      names: Object.fromEntries(inPath.map(({ name, example }) => [name, String(example)])),
      body: requestBody?.content["application/json"],
    };
    return [operation];
  });
}

/** The address with what its names stand for. */
export function addressOf({ path }: Pick<Operation, "path">, names: Readonly<Record<string, string>>): string {
  return `http://test${path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(names[name] ?? ""))}`;
}

/** A value with the ids in it replaced by real ones, by the name of the field that they stand in. */
export function withReal(value: unknown, real: Readonly<Record<string, string>>, name = ""): unknown {
  if (Array.isArray(value)) return value.map((entry) => withReal(entry, real, name.replace(/s$/, "")));
  if (typeof value !== "object" || value === null) return real[name] ?? value;
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, withReal(entry, real, name)]));
}

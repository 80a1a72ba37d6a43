/** JSON Schema as far as it is printed from the routes. */
export interface JsonSchema {
  readonly type?: string | string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly [more: string]: unknown;
}

/** What fields of these names are likely to hold. */
const byName: Readonly<Record<string, string>> = {
  kind: "derp",
  password: "a long enough password",
  email: "someone@example.com",
  username: "someone",
  key: `nodekey:${"0123456789abcdef".repeat(4)}`,
  region: "fra",
  reason: "asked for by its owner",
};

/** What else a text may be; the first that its schema takes is shown. */
const texts = [
  "Example",
  "2030-01-01T00:00:00Z",
  "someone@example.com",
  "https://example.com/",
  "203.0.113.7",
  "203.0.113.0/24",
  "123456",
  "500",
  "EUR",
  "0123456789abcdef",
  "example",
  "a text that is long enough for this",
];

/** A value that the schema takes: of an object the fields that it must have. */
export function exampleOf(schema: JsonSchema, name = ""): unknown {
  if (schema.examples?.length) return schema.examples[0];
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  const [first] = schema.anyOf ?? schema.oneOf ?? [];
  if (first) return exampleOf(first, name);
  switch ([schema.type].flat()[0]) {
    case "object":
      return exampleObject(schema);
    case "array":
      return schema.minItems === 0 || !schema.items ? [] : [exampleOf(schema.items, name.replace(/s$/, ""))];
    case "string":
      return exampleText(schema, name);
    case "boolean":
      return true;
    case "integer":
    case "number":
      return Math.max(schema.minimum ?? 1, 1);
    default:
      return null;
  }
}

function exampleObject({ properties = {}, required = [] }: JsonSchema): object {
  return Object.fromEntries(required.map((name) => [name, exampleOf(properties[name] ?? {}, name)]));
}

function exampleText(schema: JsonSchema, name: string): string {
  const prefix = /^\^([a-z]+)_\[/.exec(schema.pattern ?? "")?.[1];
  if (prefix) return `${prefix}_${"0".repeat(26)}`;
  const known = byName[name];
  return [...(known ? [known] : []), ...texts].find((text) => takes(schema, text)) ?? "";
}

function takes({ pattern, format, minLength = 0, maxLength = 1_000 }: JsonSchema, text: string): boolean {
  if (text.length < minLength || text.length > maxLength) return false;
  if (pattern) return new RegExp(pattern, "u").test(text);
  return !format || (format === "uri" ? URL.canParse(text) : true);
}

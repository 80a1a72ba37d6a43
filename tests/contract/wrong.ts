import fc from "fast-check";
import { addressOf, type Operation } from "./operations.ts";

/** A request that no route may take, unless it only reads, and why. */
export interface Wrong {
  readonly why: string;
  readonly url: string;
  readonly type?: string;
  readonly body?: string;
}

/** Values at the edges of what JSON and its readers can hold. */
const junk = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    0,
    -1,
    1.5,
    -0.5,
    1e308,
    5e-324,
    2 ** 53 - 1,
    "",
    " ",
    "\0",
    "\ud800",
    "‮",
    "x".repeat(100_000),
  ),
  fc.constantFrom<unknown>(
    [],
    {},
    [[]],
    [null],
    { a: 1 },
    { toString: 1 },
    { $gt: "" },
    "null",
    "NaN",
    "1e999",
    "0x10",
    "-1",
    "٣",
  ),
  fc.constantFrom(
    "'; drop table nodes; --",
    "%00",
    "../../etc/passwd",
    "{{7*7}}",
    "9".repeat(30),
    "0000-01-01T00:00:00Z",
  ),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.jsonValue({ maxDepth: 3 }),
);

/** An example with one field replaced, left out or added, as far as the route's own schema then refuses it. */
function wrongField({ route, names, body }: Operation): fc.Arbitrary<Record<string, unknown>> {
  const example = body?.example ?? {};
  const fields = Object.keys(body?.schema.properties ?? {});
  const replaced = fc
    .tuple(fc.constantFrom(...fields, "more"), junk)
    .map(([name, value]) => ({ ...example, [name]: value }));
  const without = fc.constantFrom(...(body?.schema.required ?? ["more"])).map((name) => {
    const { [name]: _, ...rest } = example;
    return rest;
  });
  return fc.oneof(replaced, without).filter((given) => !route.input.strict().safeParse({ ...names, ...given }).success);
}

/** Bodies that are wrong before any schema looks at them. */
function wrongText(example: object): fc.Arbitrary<{ why: string; body: string; type?: string }> {
  const text = JSON.stringify(example);
  const rest = text.slice(1);
  const comma = rest === "}" ? "" : ",";
  const first = Object.keys(example)[0] ?? "more";
  const twice = `{"${first}":1,"${first}":1${comma}${rest}`;
  return fc.constantFrom(
    { why: "a name twice", body: twice },
    { why: "__proto__", body: `{"__proto__":{"role":"super_admin"}${comma}${rest}` },
    { why: "__proto__, escaped", body: `{"__\\u0070roto__":{}${comma}${rest}` },
    { why: "constructor", body: `{"constructor":{"prototype":{}}${comma}${rest}` },
    { why: "deep lists", body: `{"more":${"[".repeat(5_000)}${"]".repeat(5_000)}${comma}${rest}` },
    { why: "deep objects", body: `${'{"more":'.repeat(30)}1${"}".repeat(30)}` },
    { why: "an endless number", body: `{"more":1e400${comma}${rest}` },
    { why: "a number that changes by being read", body: `{"more":9007199254740993${comma}${rest}` },
    { why: "cut off", body: text.slice(0, -1) },
    { why: "more after it", body: `${text}{}` },
    { why: "a list", body: `[${text}]` },
    { why: "null", body: "null" },
    { why: "a text", body: '"x"' },
    { why: "nothing", body: "" },
    { why: "another type", body: text, type: "text/plain" },
    { why: "a form", body: "a=1", type: "application/x-www-form-urlencoded" },
    { why: "another charset", body: text, type: "application/json; charset=utf-7" },
    { why: "a tab in the type", body: text, type: "application/json\t; charset=utf-8" },
  );
}

/** Names in the path that are no ids of this kind. */
const wrongName = fc.oneof(
  fc.constantFrom(
    "x",
    "lease_",
    "LEASE_00000000000000000000000000",
    "..",
    "%00",
    "a b",
    "lease_{id}",
    "'",
    "*",
    "x".repeat(90),
  ),
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 30 }).map((text) => text.toWellFormed()),
);

/** Of a change every one is wrong; a list may take some, as a text to search for. */
function strangeQuery({ query }: Operation): fc.Arbitrary<string> {
  const texts = fc.constantFrom("", "x", "-1", "1e9", "101", "NaN", "null", "\0", "x".repeat(1_000), "9".repeat(30));
  const names = fc.constantFrom("more", "constructor", ...query.map(({ name }) => name));
  return fc.tuple(names, texts).map(([name, text]) => `?${name}=${encodeURIComponent(text)}`);
}

/** All ways in which a request for an operation can be wrong. */
export function wrongRequests(operation: Operation): fc.Arbitrary<Wrong> {
  const { names, body, method } = operation;
  const url = addressOf(operation, names);
  const text = body && JSON.stringify(body.example);
  const ways: fc.Arbitrary<Wrong>[] = [
    strangeQuery(operation).map((query) => ({ why: "query", url: url + query, ...(text ? { body: text } : {}) })),
  ];
  if (body) {
    ways.push(wrongField(operation).map((given) => ({ why: "field", url, body: JSON.stringify(given) })));
    ways.push(wrongText(body.example).map((wrong) => ({ url, ...wrong })));
  } else if (method === "POST") {
    ways.push(fc.constantFrom("", "null", "[]", '{"more":1}').map((given) => ({ why: "body", url, body: given })));
  }
  const known = Object.keys(names);
  if (known.length > 0) {
    const renamed = fc.tuple(fc.constantFrom(...known), wrongName);
    ways.push(
      renamed.map(([name, given]) => ({
        why: "path",
        url: addressOf(operation, { ...names, [name]: given }),
        ...(text ? { body: text } : {}),
      })),
    );
  }
  return fc.oneof(...ways);
}

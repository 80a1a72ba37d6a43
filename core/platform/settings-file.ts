import { readFileSync } from "node:fs";
import { Refusal } from "@berth/kit";
import { isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument } from "yaml";
import type { z } from "zod";

/*
 * What is set before a start: environment variables, and one file (YAML, of which JSON is a part) that BERTH_SETTINGS_FILE names:
 *
 *   apiVersion: berth/v1
 *   kind: Settings
 *   httpPort: 8080            # as BERTH_HTTP_PORT, which wins
 */
export const fileVariable = "BERTH_SETTINGS_FILE";
const header = { apiVersion: "berth/v1", kind: "Settings" } as const;

type Env = Readonly<Record<string, string | undefined>>;

/** What a file sets, by the name of the variable, and where. */
interface FromFile {
  readonly values: ReadonlyMap<string, { readonly text: string; readonly at: string }>;
  readonly problems: readonly string[];
}

/**
 * Reads and checks all settings of a program. `alsoKnown`: names that other programs read from the same file. Whatever is wrong
 * is told at once, each with its place; a key that nobody knows is wrong.
 */
export function readSettings<Shape extends z.ZodRawShape>(
  env: Env,
  schema: z.ZodObject<Shape>,
  alsoKnown: readonly string[] = [],
): z.output<z.ZodObject<Shape>> {
  const path = env[fileVariable];
  const known = [...Object.keys(schema.shape), ...alsoKnown];
  const { values, problems } = path ? readFile(path, known) : { values: new Map(), problems: [] };
  const given = new Map([...values].map(([name, { text }]) => [name, text]));
  for (const [name, text] of Object.entries(env)) if (text !== undefined) given.set(name, text);

  const read = schema.safeParse(Object.fromEntries(given));
  const wrong = (read.error?.issues ?? []).map(({ path: [name = ""], message }) => {
    const place = env[String(name)] === undefined ? values.get(String(name))?.at : `${String(name)} (environment)`;
    return `${place ?? `${String(name)} (not set)`}: ${message}`;
  });
  const all = [...problems, ...wrong];
  if (all.length === 0 && read.data) return read.data;
  throw new Refusal(
    "invalid",
    "settings.invalid",
    `the settings are wrong:\n${all.map((line) => `  ${line}`).join("\n")}`,
  );
}

/** `BERTH_HTTP_PORT` is `httpPort` in the file. */
export function keyOf(name: string): string {
  const words = name.replace(/^BERTH_/, "").toLowerCase();
  return words.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}

function readFile(path: string, known: readonly string[]): FromFile {
  const lines = new LineCounter();
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    return { values: new Map(), problems: [`${path}: can't be read (${(error as NodeJS.ErrnoException).code})`] };
  }
  const parsed = parseDocument(text, { lineCounter: lines });
  const at = (offset = 0) => `${path}:${lines.linePos(offset).line}`;
  const broken = parsed.errors.map(({ message, pos }) => `${at(pos[0])}: ${message.split("\n")[0]}`);
  if (broken.length > 0) return { values: new Map(), problems: broken };
  if (!isMap(parsed.contents)) return { values: new Map(), problems: [`${path}: holds no settings`] };
  const pairs = parsed.contents.items as Pair<Node, Node | null>[];
  return readPairs(pairs, { at, names: new Map(known.map((name) => [keyOf(name), name])), path });
}

interface Reading {
  readonly at: (offset?: number) => string;
  /** Key of the file → name of the variable. */
  readonly names: ReadonlyMap<string, string>;
  readonly path: string;
}

function readPairs(pairs: readonly Pair<Node, Node | null>[], { at, names, path }: Reading): FromFile {
  const found = pairs.map(({ key, value }) => {
    const word = isScalar(key) ? String(key.value) : "";
    return { word, at: `${word} (${at(key.range?.[0])})`, text: textOf(value), name: names.get(word) };
  });
  const problems = Object.entries(header).flatMap(([word, wanted]) => {
    const isSaid = found.some((one) => one.word === word && one.text === wanted);
    return isSaid ? [] : [`${path}: must say "${word}: ${wanted}"`];
  });
  const values = new Map<string, { text: string; at: string }>();
  for (const { word, at, text, name } of found) {
    if (Object.hasOwn(header, word)) continue;
    if (!name) problems.push(`${at}: there is no such setting`);
    else if (text === undefined) problems.push(`${at}: must be one value, or a list of them`);
    else values.set(name, { text, at });
  }
  return { values, problems };
}

/** A value as the environment would have it; lists with commas. */
function textOf(node: Node | null): string | undefined {
  if (isScalar(node)) return node.value === null ? undefined : String(node.source ?? node.value);
  if (!isSeq(node)) return undefined;
  const items = node.items.map((item) => textOf(item as Node));
  return items.every((item) => item !== undefined) ? items.join(",") : undefined;
}

import type { Token } from "./tokens.ts";

/** A statement that changes rows, or a definition that makes or alters a table. */
export interface TableUse {
  verb: "create" | "alter" | "write";
  /** Nothing when the name is computed. */
  table: string | undefined;
  line: number;
}

const name = String.raw`(?:only\s+)?(?:"?public"?\.)?(?:"?([a-z_][a-z_0-9]*)"?(?![\w.])|(${"\u0000"}))`;
const statements: [TableUse["verb"], RegExp][] = [
  ["create", new RegExp(String.raw`\bcreate\s+(?:unlogged\s+)?table\s+(?:if\s+not\s+exists\s+)?${name}`, "gi")],
  // A constraint changes no shape: a later slice may add the foreign key that points at its own table.
  ["alter", new RegExp(String.raw`\balter\s+table\s+(?:if\s+exists\s+)?${name}(?!\s+add\s+constraint\b)`, "gi")],
  ["alter", new RegExp(String.raw`\bdrop\s+table\s+(?:if\s+exists\s+)?${name}`, "gi")],
  ["write", new RegExp(String.raw`\b(?:insert|merge)\s+into\s+${name}`, "gi")],
  ["write", new RegExp(String.raw`\bdelete\s+from\s+${name}`, "gi")],
  ["write", new RegExp(String.raw`\btruncate\s+(?:table\s+)?${name}`, "gi")],
  ["write", new RegExp(String.raw`\bcopy\s+${name}[^;]*?\bfrom\b`, "gi")],
  ["write", new RegExp(String.raw`\bupdate\s+${name}(?:\s+(?:as\s+)?(?!set\b)\w+)?\s+set\b`, "gi")],
];

/**
 * What a piece of SQL does to tables. U+0000 stands for what is computed. Comments do not count; quoted text does, since
 * `execute '…'` is a statement too.
 */
export function readSql(sql: string): TableUse[] {
  const blank = (text: string) => text.replace(/[^\n]/g, " ");
  const bare = sql.replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, blank);
  return statements.flatMap(([verb, pattern]) =>
    [...bare.matchAll(pattern)].map((match) => ({
      verb,
      table: match[1]?.toLowerCase(),
      line: 1 + (bare.slice(0, match.index).match(/\n/g)?.length ?? 0),
    })),
  );
}

const kyselyWrites = new Set(["insertInto", "updateTable", "deleteFrom", "mergeInto", "replaceInto"]);

/** What a source file does to tables: by Kysely's methods, and by SQL in its strings and templates. */
export function findTableUses(tokens: Token[]): TableUse[] {
  return [...kyselyUses(tokens), ...sqlUses(tokens)];
}

function kyselyUses(tokens: Token[]): TableUse[] {
  return tokens.flatMap(({ text, line }, at) => {
    const isCall = tokens[at - 1]?.text === "." && tokens[at + 1]?.text === "(";
    if (!kyselyWrites.has(text) || !isCall) return [];
    const argument = tokens[at + 2];
    const isLiteral = argument?.kind === "string" || argument?.part === "whole";
    const table = isLiteral ? argument?.text.replace(/^public\./, "").split(" ")[0] : undefined;
    return [{ verb: "write" as const, table, line }];
  });
}

function sqlUses(tokens: Token[]): TableUse[] {
  return literals(tokens).flatMap(({ text, line }) =>
    readSql(text).map((use) => ({ ...use, line: line + use.line - 1 })),
  );
}

interface Literal {
  text: string;
  line: number;
}

/** Strings as they are; a template with U+0000 for each `${…}`, and what stands within those by itself. */
function literals(tokens: Token[]): Literal[] {
  const found: Literal[] = [];
  const open: Literal[] = [];
  for (const { kind, text, line, part } of tokens) {
    if (kind === "string" || part === "whole") found.push({ text, line });
    if (part === "head") open.push({ text, line });
    if (part === "middle" || part === "tail") append(open, text);
    if (part === "tail") found.push(...open.splice(-1));
  }
  return found;
}

function append(open: Literal[], text: string): void {
  const template = open.at(-1);
  if (template) template.text += `\u0000${text}`;
}

import type { Token } from "./tokens.ts";

export interface Import {
  /** What stands in the quotes; nothing when it is computed. Of `package/${…}` what is certain, and a star. */
  specifier: string | undefined;
  line: number;
}

/** Every `import`, `export … from`, `import(…)`, `import x = require(…)` and `require(…)`, types included. */
export function findImports(tokens: Token[]): Import[] {
  return tokens.flatMap((token, at) => {
    if (token.kind !== "word" || isMember(tokens, at)) return [];
    if (token.text === "import") return importAt(tokens, at);
    if (token.text === "export") return exportAt(tokens, at);
    if (token.text === "require" && tokens[at + 1]?.text === "(") return [called(tokens, at)];
    return [];
  });
}

/** `a.import`, `{ import: 1 }` and `import.meta` are not imports. */
function isMember(tokens: Token[], at: number): boolean {
  const before = tokens[at - 1];
  const after = tokens[at + 1];
  if (before?.kind === "other" && (before.text === "." || before.text === "?.")) return true;
  return after?.kind === "other" && (after.text === ":" || after.text === ".");
}

function importAt(tokens: Token[], at: number): Import[] {
  const next = tokens[at + 1];
  if (next?.text === "(" && next.kind === "other") return [called(tokens, at)];
  if (next?.kind === "string") return [{ specifier: next.text, line: next.line }];
  return fromAfter(tokens, at + 1);
}

/** Only `export {…} from`, `export * from` and `export type {…} from` name another file. */
function exportAt(tokens: Token[], at: number): Import[] {
  const next = tokens[at + 1]?.text === "type" ? at + 2 : at + 1;
  return ["{", "*"].includes(tokens[next]?.text ?? "") ? fromAfter(tokens, next) : [];
}

/** The string after `from`, which comes right after the imported names: words, commas and one pair of braces. */
function fromAfter(tokens: Token[], start: number): Import[] {
  for (let at = start; at < tokens.length; at++) {
    const token = tokens[at] as Token;
    const next = tokens[at + 1];
    if (token.text === "from" && token.kind === "word" && next?.kind === "string") {
      return [{ specifier: next.text, line: next.line }];
    }
    // `export { a }` without `from` ends here; so does `import x = require(…)`, whose call is found by itself.
    const belongs = token.kind === "word" || token.kind === "string" || ["{", "}", ",", "*"].includes(token.text);
    const isLast = token.text === "}" && next?.text !== "from";
    if (!belongs || isLast) return [];
  }
  return [];
}

function called(tokens: Token[], at: number): Import {
  const argument = tokens[at + 2];
  const isWhole = argument?.kind === "string" || argument?.part === "whole";
  const isLiteral = isWhole && [")", ","].includes(tokens[at + 3]?.text ?? "");
  const isOfPackage = argument?.part === "head" && /^[\w@][^/]*\//.test(argument.text);
  const line = tokens[at]?.line ?? 0;
  return { specifier: isLiteral ? argument?.text : isOfPackage ? `${argument.text}*` : undefined, line };
}

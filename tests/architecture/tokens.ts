import { LanguageVariant, SyntaxKind } from "typescript/unstable/ast";
import { createScanner, type Scanner, tokenIsIdentifierOrKeyword } from "typescript/unstable/ast/scanner";

/** A piece of source text. Of a template literal, each stretch between two `${…}` is a token of its own. */
export interface Token {
  kind: "word" | "string" | "template" | "other";
  /** The name, the sign, or what the quotes hold. */
  text: string;
  line: number;
  /** Of a template: where in it this stretch stands. */
  part?: "whole" | "head" | "middle" | "tail";
}

const templateParts: Partial<Record<SyntaxKind, NonNullable<Token["part"]>>> = {
  [SyntaxKind.NoSubstitutionTemplateLiteral]: "whole",
  [SyntaxKind.TemplateHead]: "head",
  [SyntaxKind.TemplateMiddle]: "middle",
  [SyntaxKind.TemplateTail]: "tail",
};

/** After these a slash divides; after anything else it begins a regular expression. */
const endsOperand = new Set([
  SyntaxKind.Identifier,
  SyntaxKind.NumericLiteral,
  SyntaxKind.BigIntLiteral,
  SyntaxKind.StringLiteral,
  SyntaxKind.NoSubstitutionTemplateLiteral,
  SyntaxKind.TemplateTail,
  SyntaxKind.RegularExpressionLiteral,
  SyntaxKind.CloseParenToken,
  SyntaxKind.CloseBracketToken,
  SyntaxKind.CloseBraceToken,
  SyntaxKind.ThisKeyword,
  SyntaxKind.SuperKeyword,
  SyntaxKind.TrueKeyword,
  SyntaxKind.FalseKeyword,
  SyntaxKind.NullKeyword,
  SyntaxKind.PlusPlusToken,
  SyntaxKind.MinusMinusToken,
]);

/**
 * TypeScript's own scanner, told where templates go on and where a slash begins a regular expression. Throws when a
 * literal has no end, rather than reading on at the wrong place.
 */
export function readTokens(path: string, text: string): Token[] {
  const isJsx = path.endsWith("x");
  const scanner = createScanner(true, isJsx ? LanguageVariant.JSX : LanguageVariant.Standard, text);
  const next = nextOf(scanner);
  const lineOf = lineCounter(text);
  const tokens: Token[] = [];
  for (let kind = next(); kind !== SyntaxKind.EndOfFile; kind = next()) {
    const line = lineOf(scanner.getTokenStart());
    // Text between JSX tags is prose, where an apostrophe opens nothing.
    const isProse = isJsx && kind === SyntaxKind.StringLiteral;
    if (scanner.isUnterminated() && !isProse) throw new Error(`${path}:${line}: a literal without an end`);
    tokens.push({ kind: kindOf(kind), text: textOf(kind, scanner), line, part: templateParts[kind] });
  }
  return tokens;
}

function nextOf(scanner: Scanner): () => SyntaxKind {
  const braces: ("block" | "substitution")[] = [];
  let before = SyntaxKind.Unknown;
  const rescan = (kind: SyntaxKind) => {
    const isClosing = kind === SyntaxKind.CloseBraceToken;
    if (isClosing && braces.at(-1) === "substitution") return scanner.reScanTemplateToken(false);
    if (isSlash(kind) && !endsOperand.has(before)) return scanner.reScanSlashToken();
    return kind;
  };
  return () => {
    const kind = rescan(scanner.scan());
    if (kind === SyntaxKind.OpenBraceToken) braces.push("block");
    if (kind === SyntaxKind.TemplateHead) braces.push("substitution");
    if (kind === SyntaxKind.CloseBraceToken || kind === SyntaxKind.TemplateTail) braces.pop();
    before = kind;
    return kind;
  };
}

/** Counts on from the last asked position. */
function lineCounter(text: string): (position: number) => number {
  let line = 1;
  let at = 0;
  return (position) => {
    for (; at < position; at++) if (text[at] === "\n") line++;
    return line;
  };
}

function isSlash(kind: SyntaxKind): boolean {
  return kind === SyntaxKind.SlashToken || kind === SyntaxKind.SlashEqualsToken;
}

function kindOf(kind: SyntaxKind): Token["kind"] {
  if (kind === SyntaxKind.StringLiteral) return "string";
  if (templateParts[kind]) return "template";
  return tokenIsIdentifierOrKeyword(kind) ? "word" : "other";
}

function textOf(kind: SyntaxKind, scanner: Scanner): string {
  const isQuoted = kind === SyntaxKind.StringLiteral || templateParts[kind] !== undefined;
  return isQuoted ? scanner.getTokenValue() : scanner.getTokenText();
}

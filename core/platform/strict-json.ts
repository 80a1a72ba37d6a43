import { HttpRefusal } from "./problems.ts";

/** How deep objects and lists may lie in each other. */
const deepest = 20;

/** How many names, values and brackets a body may have: a megabyte of them takes most of a second to look at. */
const mostTokens = 200_000;

const tokens = /"(?:[^"\\]|\\.)*"|[{}[\],:]|-?\d[\d.eE+-]*/g;

/** Names by which a careless copy of an object would reach what all objects share. */
const sharedNames = new Set(["__proto__", "constructor", "prototype"]);

const refuse = (message: string) => new HttpRefusal(400, "http.bad_json", message);

/**
 * Reads JSON that means one thing to every reader: UTF-8, no name twice in an object, no number that changes by being read,
 * bounded depth.
 */
export function parseStrictJson(bytes: Buffer): unknown {
  const text = decode(bytes);
  const value = parse(text);
  check(text);
  return value;
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw refuse("the body is not UTF-8");
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw refuse(`the body is not JSON: ${(error as Error).message}`);
  }
}

/** `text` is JSON already, so its tokens alone tell its shape. */
function check(text: string): void {
  // The names of each open object; a list has none.
  const open: (Set<string> | undefined)[] = [];
  let before = "";
  let count = 0;
  for (const [token] of text.matchAll(tokens)) {
    if (++count > mostTokens) throw refuse(`the body has more than ${mostTokens} parts`);
    const isName = token[0] === '"' && (before === "{" || before === ",");
    if (isName) addName(open.at(-1), token);
    else if (/^[-\d]/.test(token)) checkNumber(token);
    else nest(open, token);
    before = token;
  }
}

function nest(open: (Set<string> | undefined)[], token: string): void {
  if (token === "{" || token === "[") open.push(token === "{" ? new Set() : undefined);
  if (token === "}" || token === "]") open.pop();
  if (open.length > deepest) throw refuse(`more than ${deepest} objects or lists lie in each other`);
}

/** Texts in lists come here too, and go by. */
function addName(names: Set<string> | undefined, token: string): void {
  if (!names) return;
  const name = token.includes("\\") ? (JSON.parse(token) as string) : token.slice(1, -1);
  if (sharedNames.has(name)) throw refuse(`${token} can't be a name`);
  if (names.has(name)) throw refuse(`${token} stands twice in one object`);
  names.add(name);
}

function checkNumber(token: string): void {
  const value = Number(token);
  const isChanged = !Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value));
  if (isChanged) throw refuse(`${token.slice(0, 40)} is larger than a number can be`);
}

import { Refusal } from "@berth/kit";

/** A member of an object, with where its value lies in the text. */
interface Member {
  readonly name: string;
  readonly nameAt: number;
  readonly valueAt: number;
  readonly valueEnd: number;
}

const deepest = 100;
const blank = /[ \t\r\n]*/y;
const comment = /\/\/[^\n]*|\/\*[\s\S]*?\*\//y;
const text = /"(?:[^"\\\n]|\\.)*"/y;
const plain = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])/y;

/**
 * Reads HuJSON, which is JSON with comments and with commas after the last: `github.com/tailscale/hujson`. It tells where
 * things are, so that one of them can be replaced and all else stays as somebody wrote it.
 */
class Reader {
  readonly #source: string;
  #at = 0;
  #depth = 0;

  constructor(source: string) {
    this.#source = source;
  }

  /** The members of the object that the whole text is, and where it closes. */
  readWhole(): { members: Member[]; closeAt: number; hasLastComma: boolean } {
    this.#skip();
    if (this.#peek() !== "{") throw this.#wrong("a policy is an object: `{`");
    const members: Member[] = [];
    const hasLastComma = this.#object((member) => members.push(member));
    const closeAt = this.#at - 1;
    this.#skip();
    if (this.#at < this.#source.length) throw this.#wrong("nothing more");
    return { members, closeAt, hasLastComma };
  }

  #object(onMember: (member: Member) => void): boolean {
    return this.#list("}", () => {
      const nameAt = this.#at;
      const name = JSON.parse(this.#take(text, "a name in quotes"));
      this.#skip();
      if (this.#peek() !== ":") throw this.#wrong("`:`");
      this.#at += 1;
      this.#skip();
      const valueAt = this.#at;
      this.#value();
      onMember({ name, nameAt, valueAt, valueEnd: this.#at });
    });
  }

  /** What stands between an opening and a closing bracket. True when a comma follows the last. */
  #list(close: string, item: () => void): boolean {
    if (++this.#depth > deepest) throw this.#wrong(`less than ${deepest} levels`);
    this.#at += 1;
    let isAfterComma = false;
    for (let count = 0; ; count++) {
      this.#skip();
      if (this.#peek() === close) break;
      if (count > 0 && !isAfterComma) throw this.#wrong(`\`,\` or \`${close}\``);
      item();
      this.#skip();
      isAfterComma = this.#peek() === ",";
      if (isAfterComma) this.#at += 1;
    }
    this.#at += 1;
    this.#depth -= 1;
    return isAfterComma;
  }

  #value(): void {
    const first = this.#peek();
    if (first === "{") this.#object(() => {});
    else if (first === "[") this.#list("]", () => this.#value());
    else if (first === '"') this.#take(text, "a text in quotes");
    else this.#take(plain, "a value");
  }

  #skip(): void {
    for (;;) {
      const before = this.#at;
      this.#match(blank);
      this.#match(comment);
      if (this.#at === before) return;
    }
  }

  #peek(): string | undefined {
    return this.#source[this.#at];
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const [found] = pattern.exec(this.#source) ?? [];
    this.#at += found?.length ?? 0;
    return found;
  }

  #take(pattern: RegExp, expected: string): string {
    const found = this.#match(pattern);
    if (found === undefined) throw this.#wrong(expected);
    if (pattern === text) this.#checkText(found);
    return found;
  }

  #checkText(found: string): void {
    try {
      JSON.parse(found);
    } catch {
      throw this.#wrong("a text with the escapes of JSON before this");
    }
  }

  #wrong(expected: string): Refusal {
    const lines = this.#source.slice(0, this.#at).split("\n");
    const [line, column] = [lines.length, (lines.at(-1)?.length ?? 0) + 1];
    const message = `the policy can't be read at line ${line}, column ${column}: expected ${expected}`;
    return new Refusal("invalid", "derp.bad_policy", message, { line, column });
  }
}

/** Refuses what is no policy file, with where it goes wrong. */
export function checkPolicy(source: string): void {
  derpMapOf(new Reader(source).readWhole().members);
}

/** The policy with this `derpMap` in place of its own; all else stays, to the byte. */
export function putDerpMap(source: string, map: unknown): string {
  const { members, closeAt, hasLastComma } = new Reader(source).readWhole();
  const present = derpMapOf(members);
  if (present) {
    const value = indented(map, indentAt(source, present.nameAt));
    return source.slice(0, present.valueAt) + value + source.slice(present.valueEnd);
  }
  const last = members.at(-1);
  const indent = last ? indentAt(source, last.nameAt) : "  ";
  const member = `\n${indent}"derpMap": ${indented(map, indent)},\n`;
  const commaAt = last && !hasLastComma ? last.valueEnd : 0;
  const before = source.slice(0, commaAt) + (commaAt > 0 ? "," : "") + source.slice(commaAt, closeAt);
  return `${before.replace(/\n[ \t]*$/, "")}${member}${source.slice(closeAt)}`;
}

/** Tailscale reads names without regard to case. */
function derpMapOf(members: readonly Member[]): Member | undefined {
  const [found, second] = members.filter(({ name }) => name.toLowerCase() === "derpmap");
  if (second) throw new Refusal("invalid", "derp.bad_policy", "the policy has two `derpMap`s");
  return found;
}

function indentAt(source: string, at: number): string {
  const line = source.slice(source.lastIndexOf("\n", at - 1) + 1, at);
  return /^[ \t]*$/.test(line) ? line : "  ";
}

function indented(value: unknown, indent: string): string {
  return JSON.stringify(value, null, 2).replaceAll("\n", `\n${indent}`);
}

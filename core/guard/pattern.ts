/**
 * What attacks look like. Scored and logged, never relied on: input is checked by schemas and goes into SQL only as
 * parameters, whatever it looks like. Each pattern reads a text once, without going back.
 */
const patterns: Readonly<Record<string, RegExp>> = {
  sql: /\bunion\s(?:all\s)?select\b|'\s?(?:or|and)\s'?\d|;\s?drop\s(?:table|database)\b|\b(?:pg_sleep|benchmark|waitfor delay)\b|\binformation_schema\b/i,
  traversal: /\.\.[/\\]|\/etc\/(?:passwd|shadow)\b|\/proc\/self\/|\bwin\.ini\b/i,
  script: /<script\b|\bjavascript:|\bon(?:error|load)\s?=|<iframe\b|<svg\b/i,
  lookup: /\$\{jndi:|\$\{\{|\{\{\s?\d+\s?\*|<%=/i,
  command: /;\s?(?:cat|wget|curl|nc|sh|bash|id)\s|\$\((?:cat|id|curl|wget)\b|`(?:id|cat)\b|\|\s?(?:sh|bash)\b/i,
  probe:
    /\/\.(?:env|git|aws|ssh|svn|htaccess)\b|\/wp-(?:admin|login|content)\b|\.php\b|\/cgi-bin\/|\/actuator\b|phpmyadmin/i,
};

/** Never looked at: a password may look like anything. */
const secretFields = /password|secret|token|code|ticket|assertion|attestation|key/i;

/** How much of a text is looked at, and how many members of what was sent. */
const mostCharacters = 8_192;
const mostMembers = 500;

/** The names of the patterns that an address and a body have in them. */
export function findPatterns(url: string, body: unknown): string[] {
  const texts: string[] = [readable(url)];
  collect(body, { texts, left: mostMembers }, 0);
  const text = texts.join("\n").slice(0, mostCharacters).replaceAll(/\s+/g, " ");
  return Object.keys(patterns).filter((name) => patterns[name]?.test(text));
}

interface Looking {
  readonly texts: string[];
  left: number;
}

function collect(value: unknown, looking: Looking, depth: number): void {
  if (looking.texts.length > 100 || depth > 5) return;
  if (typeof value === "string") looking.texts.push(value.slice(0, mostCharacters));
  if (typeof value !== "object" || value === null) return;
  for (const member of membersOf(value)) {
    if (looking.left-- <= 0) return;
    collect(member, looking, depth + 1);
  }
}

/** One after the other, never as a list: whoever sends a million of them wants just that to be made. */
function* membersOf(value: object): Generator<unknown> {
  if (Array.isArray(value)) yield* value;
  else for (const name in value) yield secretFields.test(name) ? undefined : (value as Record<string, unknown>)[name];
}

/** An address with its escapes undone, twice as some attacks need it; what can't be undone stays. */
function readable(url: string): string {
  const once = (text: string) =>
    text.replaceAll("+", " ").replaceAll(/(?:%[0-9a-f]{2})+/gi, (escaped) => {
      return Buffer.from(escaped.replaceAll("%", ""), "hex").toString("latin1");
    });
  return once(once(url.slice(0, mostCharacters)));
}

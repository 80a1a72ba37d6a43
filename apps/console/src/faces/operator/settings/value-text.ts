/** A value as it is typed: text as such, everything else as JSON. */
export function asText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** What somebody typed, as the setting's kind wants it; nothing when it can't be read. */
export function fromText(
  text: string,
  schema: Readonly<Record<string, unknown>>,
): { readonly value: unknown } | undefined {
  if (schema.type === "string") return { value: text };
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

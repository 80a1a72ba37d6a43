const prefix = "berth.draft.";

/** What somebody typed and did not save, in this tab only. Secrets are never kept: the form names what is. */
export function readDraft(name: string): Record<string, unknown> | undefined {
  const kept = sessionStorage.getItem(prefix + name);
  return kept === null ? undefined : (JSON.parse(kept) as Record<string, unknown>);
}

export function keepDraft(name: string, values: object): void {
  sessionStorage.setItem(prefix + name, JSON.stringify(values));
}

export function dropDraft(name: string): void {
  sessionStorage.removeItem(prefix + name);
}

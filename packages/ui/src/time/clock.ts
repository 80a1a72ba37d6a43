let aheadMs = 0;

/** Control's time, by its last answer: this machine's clock may be wrong. */
export function now(): number {
  return Date.now() + aheadMs;
}

/** The header counts whole seconds, so less than two of them say nothing. */
export function noteDate(date: string | null): void {
  const at = Date.parse(date ?? "");
  if (at) aheadMs = Math.abs(at - Date.now()) < 2_000 ? 0 : at - Date.now();
}

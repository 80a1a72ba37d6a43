/** What a list shows while its reader has a hand on it. */
export interface Settled<Row> {
  readonly rows: readonly Row[];
  /** Rows that came, went or changed their place meanwhile: shown when the reader wants. */
  readonly changes: number;
}

/**
 * Rows that are shown take their new values in place. Nothing moves under a pointer, a focus or a selection: while `isHeld`, the
 * order and the set of rows stay as they are.
 */
export function settle<Row>(
  shown: readonly Row[],
  fetched: readonly Row[],
  keyOf: (row: Row) => string,
  isHeld: boolean,
): Settled<Row> {
  const isSame = shown.length === fetched.length && shown.every((row, at) => keyOf(row) === keyOf(fetched[at] as Row));
  if (isSame || !isHeld || shown.length === 0) return { rows: fetched, changes: 0 };
  const now = new Map(fetched.map((row) => [keyOf(row), row]));
  const before = new Set(shown.map(keyOf));
  const came = fetched.filter((row) => !before.has(keyOf(row))).length;
  const gone = shown.filter((row) => !now.has(keyOf(row))).length;
  return { rows: shown.map((row) => now.get(keyOf(row)) ?? row), changes: Math.max(1, came + gone) };
}

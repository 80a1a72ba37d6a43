/** Enough of a node key to tell it from others; the whole is there for whoever points at it. */
export function shortKey(key: string): string {
  return `${key.slice(0, "nodekey:".length + 8)}…`;
}

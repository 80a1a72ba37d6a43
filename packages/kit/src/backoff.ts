/** Milliseconds to wait before attempt `n` (from 0): doubles from `firstMs` to `mostMs`, with full jitter above half. */
export function backoffMs(n: number, { firstMs = 100, mostMs = 5_000, random = Math.random } = {}): number {
  const full = Math.min(mostMs, firstMs * 2 ** Math.min(n, 30));
  return full / 2 + (full / 2) * random();
}

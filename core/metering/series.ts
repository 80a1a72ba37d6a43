import { dayMs, hourMs, minuteMs } from "@berth/kit";

export type Step = "5m" | "hour" | "day";

export const stepMs: Readonly<Record<Step, number>> = { "5m": 5 * minuteMs, hour: hourMs, day: dayMs };
/** What a chart shows unless it is asked for something else. */
export const usualMs: Readonly<Record<Step, number>> = { "5m": dayMs, hour: 7 * dayMs, day: 30 * dayMs };
/** How long detail stays before its partition goes. */
const keptMs: Readonly<Record<Step, number>> = { "5m": 7 * dayMs, hour: 90 * dayMs, day: Number.POSITIVE_INFINITY };

export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Why nothing is known of a bucket. */
export type Gap = "not_begun" | "nodes_away" | "dropped" | "ahead";

/** Where each bucket of a span begins, as they lie in the tables: in UTC. */
export function bucketsOf(step: Step, { fromMs, toMs }: Span): number[] {
  const size = stepMs[step];
  const first = Math.floor(fromMs / size) * size;
  return Array.from({ length: Math.max(0, Math.ceil((toMs - first) / size)) }, (_, index) => first + index * size);
}

/** What decides whether a bucket without bytes is a zero or a gap. */
export interface Circumstances {
  readonly step: Step;
  readonly nowMs: number;
  /** When the lease began. */
  readonly beganMs: number;
  /** When some instance of it was on a node that could tell. */
  readonly present: readonly Span[];
}

/** Why nothing is known of a bucket that has no bytes; undefined: it is known that there were none. */
export function gapAt(bucketMs: number, { step, nowMs, beganMs, present }: Circumstances): Gap | undefined {
  const endMs = bucketMs + stepMs[step];
  if (bucketMs > nowMs) return "ahead";
  if (endMs <= beganMs) return "not_begun";
  if (endMs <= nowMs - keptMs[step]) return "dropped";
  return present.some(({ fromMs, toMs }) => fromMs < endMs && toMs > bucketMs) ? undefined : "nodes_away";
}

/** Buckets of one reason that follow each other, as one. */
export function mergeGaps(
  step: Step,
  buckets: readonly number[],
  gaps: readonly (Gap | undefined)[],
): (Span & { why: Gap })[] {
  const merged: { fromMs: number; toMs: number; why: Gap }[] = [];
  for (const [index, why] of gaps.entries()) {
    const fromMs = buckets[index] as number;
    const last = merged.at(-1);
    if (!why) continue;
    if (last?.why === why && last.toMs === fromMs) last.toMs += stepMs[step];
    else merged.push({ fromMs, toMs: fromMs + stepMs[step], why });
  }
  return merged;
}

/** When somebody was there, from when they came and went; who came and never went is there still. */
export function presence(changes: readonly { atMs: number; isOnline: boolean }[], { fromMs, toMs }: Span): Span[] {
  const spans: Span[] = [];
  let since: number | undefined;
  for (const { atMs, isOnline } of changes) {
    if (isOnline) since ??= atMs;
    else if (since !== undefined) {
      spans.push({ fromMs: since, toMs: atMs });
      since = undefined;
    }
  }
  if (since !== undefined) spans.push({ fromMs: since, toMs });
  return spans
    .map((span) => ({ fromMs: Math.max(span.fromMs, fromMs), toMs: Math.min(span.toMs, toMs) }))
    .filter((span) => span.fromMs < span.toMs);
}

/** When what is left is used up at a pace, if that is before the end. */
export function runsOutAt(
  leftBytes: bigint,
  pace: { readonly bytes: bigint; readonly ms: number },
  { nowMs, endMs }: { nowMs: number; endMs: number },
): number | undefined {
  if (leftBytes <= 0n) return nowMs;
  if (pace.bytes <= 0n || pace.ms <= 0) return undefined;
  const atMs = nowMs + (Number(leftBytes) / Number(pace.bytes)) * pace.ms;
  return atMs < endMs ? Math.round(atMs) : undefined;
}

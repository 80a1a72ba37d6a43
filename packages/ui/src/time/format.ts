export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;

const two = (value: number) => String(value).padStart(2, "0");

/** `2026-11-20`, where the reader is. */
export function toDate(at: Date): string {
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/** `14:05` */
export function toClock(at: Date): string {
  return `${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** `2026-11-20 14:05` */
export function toMoment(at: Date): string {
  return `${toDate(at)} ${toClock(at)}`;
}

/** The reader's zone, `UTC+8`. */
export function zone(at: Date = new Date()): string {
  const minutes = -at.getTimezoneOffset();
  if (minutes === 0) return "UTC";
  const rest = Math.abs(minutes) % 60;
  return `UTC${minutes < 0 ? "−" : "+"}${Math.trunc(Math.abs(minutes) / 60)}${rest ? `:${two(rest)}` : ""}`;
}

export type Span = readonly [unit: "days" | "hours" | "minutes" | "seconds", count: number];

/** How long it is, in the largest unit that tells something: 30 hours, but 2 days. */
export function toSpan(ms: number, round: (value: number) => number = Math.round): Span {
  if (ms >= 2 * dayMs) return ["days", round(ms / dayMs)];
  if (ms >= 2 * hourMs) return ["hours", round(ms / hourMs)];
  if (ms >= minuteMs) return ["minutes", round(ms / minuteMs)];
  return ["seconds", round(ms / 1_000)];
}

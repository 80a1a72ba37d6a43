import { minuteMs, secondMs } from "@berth/kit";

/** Security mails go first and always have room; codes are asked for by strangers as well; notices can wait. */
export type Urgency = "security" | "code" | "notice";

/** A mail as the slice that has something to say writes it: plain text, one address. */
export interface NewMail {
  readonly accountId?: string;
  readonly address: string;
  /** `slice.reason`, for the console and for counting. */
  readonly kind: string;
  readonly subject: string;
  readonly body: string;
  /** A notice unless said. Notices that wait for one address go out as one mail. */
  readonly urgency?: Urgency;
  /** What it is about: a newer mail for the same takes the place of one that waits. */
  readonly purpose?: string;
  /** A code that stands in it: gone from the outbox once it is sent or out of date, and read by few until then. */
  readonly code?: { readonly text: string; readonly goodUntil: Date };
}

/** What of a mail lies sealed. */
export interface Content {
  readonly address: string;
  readonly subject: string;
  readonly body: string;
  readonly code?: string;
}

/** What is left of a mail that nobody needs any more: whom it went to, and what about. */
export function blanked({ address, subject, code }: Content): Content {
  return { address, subject: code ? subject.replaceAll(code, "······") : subject, body: "" };
}

/** Several notices as one mail. */
export function digestOf(contents: readonly Content[]): Content {
  const [first] = contents;
  if (!first || contents.length === 1) return first as Content;
  const parts = contents.map(({ subject, body }) => `${subject}\n\n${body.trimEnd()}\n`);
  return { address: first.address, subject: `${contents.length} notices`, body: parts.join("\n----------\n\n") };
}

/** After this many tries, spread over half an hour, a mail has failed. */
export const mostAttempts = 8;

/** How long a mail waits after its nth try. */
export function retryMs(attempts: number): number {
  return 15 * secondMs * 2 ** (attempts - 1);
}

/** What one address gets in ten minutes, at most. */
export const windowMs = 10 * minuteMs;
export const mostInWindow = 5;
/** Of these, so many that are no security mails: strangers can ask for codes, and must leave room for what warns of them. */
const mostOrdinary = 4;
const mostOf: Readonly<Record<Urgency, number>> = { security: mostInWindow, code: 3, notice: 2 };

const order: readonly Urgency[] = ["security", "code", "notice"];

export type Counts = Readonly<Record<Urgency, number>>;

/** Whether one more of this urgency may go now, after those of the last ten minutes. */
function hasRoom(urgency: Urgency, counts: Counts): boolean {
  const all = counts.security + counts.code + counts.notice;
  const most = urgency === "security" ? mostInWindow : mostOrdinary;
  return all < most && counts[urgency] < mostOf[urgency];
}

/** Those of an address's waiting mails, oldest first, that go out next as one: the most urgent that has room. */
export function nextOf<Waiting extends { readonly urgency: Urgency }>(
  waiting: readonly Waiting[],
  counts: Counts,
): readonly Waiting[] {
  for (const urgency of order) {
    const [first, ...others] = waiting.filter((mail) => mail.urgency === urgency);
    if (first && hasRoom(urgency, counts)) return urgency === "notice" ? [first, ...others].slice(0, 50) : [first];
  }
  return [];
}

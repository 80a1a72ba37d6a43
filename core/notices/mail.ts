/** A mail as the slice that has something to say writes it: plain text, one address. */
export interface NewMail {
  readonly accountId?: string;
  readonly address: string;
  /** `slice.reason`, for the console and for counting. */
  readonly kind: string;
  readonly subject: string;
  readonly body: string;
}

/** After this many tries, which the job runner spreads over half an hour, a mail has failed. */
export const mostAttempts = 8;

/** Whether a body may be shown: what was sent is gone, and what still waits is nobody's business. */
export function isBodyShown(state: "waiting" | "sent" | "kept" | "failed"): boolean {
  return state === "kept" || state === "failed";
}

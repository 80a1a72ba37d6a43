import type { access, InputOf, ReplyOf } from "@berth/api";
import { minuteMs, Refusal, secondMs } from "@berth/kit";

/** What somebody shows in place of, or after, a password. */
export type SecondProof = InputOf<typeof access.completeSignIn>["proof"];
export type Assertion = InputOf<typeof access.signInByPasskey>["assertion"];
export type Attestation = InputOf<typeof access.addPasskey>["attestation"];
export type Passkey = ReplyOf<typeof access.renamePasskey>;
export type SecondWay = SecondProof["way"];

/** How long a ticket and a passkey's challenge wait. */
export const ticketMs = 5 * minuteMs;
/** How long a proof opens dangerous routes. */
export const proofMs = 5 * minuteMs;
/** So many wrong codes cost nothing; from this one on each doubles a wait, up to 64 minutes. */
export const freeTries = 5;
export const firstWaitMs = 30 * secondMs;
export const mostDoublings = 7;

/** The same words for a wrong code, one that was used, a passkey of somebody else and a factor that is not there. */
export function wrongFactor(): Refusal {
  return new Refusal("forbidden", "access.wrong_factor", "this proves nothing, or was used already");
}

export function tooManyTries(until: Date, now: Date): Refusal {
  const retryAfterSeconds = Math.max(1, Math.ceil((until.getTime() - now.getTime()) / secondMs));
  return new Refusal("exhausted", "access.too_many_tries", "too many wrong codes; wait a while", { retryAfterSeconds });
}

/** The same words for a ticket that ended, one that never was and one of another address. */
export function ticketEnded(): Refusal {
  return new Refusal("unauthenticated", "access.ticket_ended", "this sign-in has ended; begin again");
}

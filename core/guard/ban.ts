import { dayMs, hourMs } from "@berth/kit";

/** How long a ban lasts, by how many there were in a row. */
export const banMinutes = [10, 40, 160, 640, 24 * 60] as const;

/** A ban this long after the end of the last one is a first one again. */
export const forgivenAfterMs = 7 * dayMs;

/** What kind of thing looks like an attack. */
export type SignalKind =
  | "wrong_password"
  | "wrong_code"
  | "unknown_route"
  | "attack_pattern"
  | "wrong_token"
  | "wrong_certificate";

/**
 * What each is worth. A thing counts once for all that it is about (an account, a path, a pattern at a route), however
 * often it is repeated: who tries one account for ever has its limits and locks to deal with, and bans nobody who shares
 * an address with them.
 */
export const points: Readonly<Record<SignalKind, number>> = {
  wrong_password: 10,
  wrong_code: 10,
  unknown_route: 2,
  attack_pattern: 10,
  wrong_token: 10,
  wrong_certificate: 10,
};

const banAtPoints = 100;
/** However many points, of at least so many different things. */
const leastSignals = 10;
/** What is older counts no more. */
export const signalMs = hourMs;

const kinds: Readonly<Record<string, SignalKind>> = {
  "accounts.wrong_credentials": "wrong_password",
  "accounts.wrong_password": "wrong_password",
  "accounts.wrong_code": "wrong_code",
  "access.wrong_factor": "wrong_code",
  "serials.not_redeemable": "wrong_code",
  "http.no_such_route": "unknown_route",
  "fleet.join_token_invalid": "wrong_token",
  "link.bad_join_token": "wrong_token",
  "link.untrusted_certificate": "wrong_certificate",
};

/** What a refusal says about who sent the request; mostly nothing. */
export function signalOf(code: string | undefined): SignalKind | undefined {
  return code === undefined ? undefined : kinds[code];
}

export function isBanEarned({ points, signals }: { readonly points: number; readonly signals: number }): boolean {
  return points >= banAtPoints && signals >= leastSignals;
}

import { minuteMs } from "@berth/kit";

/** Failures of these kinds are tries that somebody else could have made. */
export const failureNames = [
  "accounts.sign_in_failed",
  "accounts.password_refused",
  "access.factor_refused",
  "serials.wrong_code",
] as const;

export const windowMs = 10 * minuteMs;
/** So many failures from one address block, whatever accounts they are about … */
export const mostOfBlock = 20;
/** … or on one account, from wherever, are no slips any more. */
export const mostOfAccount = 10;

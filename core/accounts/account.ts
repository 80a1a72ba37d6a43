import { minuteMs, Refusal } from "@berth/kit";

/** How long a mailed code lives, and how often it may be guessed: 5 of 1,000,000. */
export const codeMs = 10 * minuteMs;
export const mostTries = 5;

/*
 *   unverified ──code──► active ◄──► suspended
 *                          │             │
 *                          └────► closed ◄┘
 */
export type AccountState = "unverified" | "active" | "suspended" | "closed";

/** Why somebody with the right password still may not sign in; nothing when they may. */
export function stateRefusal(state: AccountState): Refusal | undefined {
  if (state === "active") return undefined;
  const messages = {
    unverified: "confirm the address with the mailed code first",
    suspended: "this account is suspended",
    closed: "this account is closed",
  };
  return new Refusal("forbidden", `accounts.${state}`, messages[state]);
}

/** The same words whether the address is unknown or the password wrong. */
export function wrongCredentials(): Refusal {
  return new Refusal("unauthenticated", "accounts.wrong_credentials", "address or password is wrong");
}

/** The same words for a wrong code, a spent one, a wrong password and an unknown address. */
export function wrongCode(): Refusal {
  return new Refusal("unauthenticated", "accounts.wrong_code", "the code does not fit, or no longer; ask for another");
}

/** Not `unauthenticated`: the session that asks is as good as before. */
export function wrongPassword(): Refusal {
  return new Refusal("forbidden", "accounts.wrong_password", "this is not your password");
}

/** A wrong code of somebody who is signed in. */
export function wrongChangeCode(): Refusal {
  return new Refusal("forbidden", "accounts.wrong_code", "the code does not fit, or no longer; ask for another");
}

export function usernameTaken(): Refusal {
  return new Refusal("conflict", "accounts.username_taken", "this name is taken");
}

export function accountNotFound(accountId: string): Refusal {
  return new Refusal("not_found", "accounts.not_found", `no account ${accountId}`);
}

export function emailTaken(): Refusal {
  return new Refusal("conflict", "accounts.email_taken", "this address has an account already");
}

const moves = {
  unverified: {},
  active: { suspend: "suspended" },
  suspended: { resume: "active" },
  closed: {},
} satisfies Record<AccountState, Partial<Record<AccountMove, AccountState>>>;

/** What staff do to an account's state. */
export type AccountMove = "suspend" | "resume";

export function moveAccount(from: AccountState, move: AccountMove): AccountState {
  const open: Partial<Record<AccountMove, AccountState>> = moves[from];
  const to = open[move];
  if (!to) throw new Refusal("conflict", "accounts.wrong_state", `cannot ${move} an account that is ${from}`);
  return to;
}

import type { NewMail } from "../notices/index.ts";

interface Addressee {
  readonly accountId: string;
  readonly address: string;
  readonly username: string;
}

export function codeMail({ username, ...to }: Addressee, code: string): NewMail {
  return {
    ...to,
    kind: "accounts.code",
    subject: `${code} is your code`,
    body: `Your code is ${code}. It works once, within ten minutes.

Somebody signed up as ${username} with this address. If that was not you, there is nothing to do: without the code nothing happens.
`,
  };
}

/** To the owner of an account whose address somebody signs up with: the page itself must not tell that it is known. */
export function knownAddressMail({ username, ...to }: Addressee): NewMail {
  return {
    ...to,
    kind: "accounts.known_address",
    subject: "You already have an account",
    body: `Somebody signed up with this address, which belongs to the account ${username}. If that was you, sign in instead.

If that was not you, there is nothing to do.
`,
  };
}

/** To the owner of an account that was signed in to from where it never was lately. */
export function newPlaceMail(
  { username, ...to }: Addressee,
  { at, place, agent }: { at: Date; place: string; agent: string },
): NewMail {
  return {
    ...to,
    kind: "accounts.new_place",
    subject: "Signed in from a new place",
    body: `Somebody signed in to your account ${username} from a place that is new for it:

  ${at.toISOString()}
  addresses ${place}, with ${agent}

If that was you, there is nothing to do. If it was not, change your password and end the session in your list of sessions.
`,
  };
}

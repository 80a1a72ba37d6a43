import type { NewMail } from "../notices/index.ts";
import type { MailedCode } from "./code-store.ts";
import { mailPurposes } from "./codes.ts";

interface Addressee {
  readonly accountId: string;
  readonly address: string;
  readonly username: string;
}

/** What a mail with a code is: of use for a few minutes, and the newest one only. */
function coded(code: MailedCode, purpose: string) {
  return { urgency: "code", purpose, code } as const;
}

export function codeMail({ username, ...to }: Addressee, code: MailedCode): NewMail {
  return {
    ...to,
    kind: "accounts.code",
    ...coded(code, mailPurposes.signUp),
    subject: `${code.text} is your code`,
    body: `Your code is ${code.text}. It works once, within ten minutes.

Somebody signed up as ${username} with this address. If that was not you, there is nothing to do: without the code nothing happens.
`,
  };
}

/** To the owner of an account whose address somebody signs up with: the page itself must not tell that it is known. */
export function knownAddressMail({ username, ...to }: Addressee, purpose: string): NewMail {
  return {
    ...to,
    kind: "accounts.known_address",
    urgency: "code",
    purpose,
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
    urgency: "security",
    subject: "Signed in from a new place",
    body: `Somebody signed in to your account ${username} from a place that is new for it:

  ${at.toISOString()}
  addresses ${place}, with ${agent}

If that was you, there is nothing to do. If it was not, change your password and end the session in your list of sessions.
`,
  };
}

export function resetMail({ username, ...to }: Addressee, code: MailedCode): NewMail {
  return {
    ...to,
    kind: "accounts.reset",
    ...coded(code, mailPurposes.reset),
    subject: `${code.text} is your code for a new password`,
    body: `Your code is ${code.text}. It works once, within ten minutes, and sets a new password for the account ${username}.

If you did not ask for it, there is nothing to do: without the code nothing happens.
`,
  };
}

/** To an address that no account can sign in with: the page itself must not tell. */
export function noAccountMail(address: string): NewMail {
  return {
    address,
    kind: "accounts.no_account",
    urgency: "code",
    purpose: mailPurposes.reset,
    subject: "There is no account to sign in to",
    body: `Somebody asked for a new password for this address. No account can sign in with it. Perhaps yours has another address.

If that was not you, there is nothing to do.
`,
  };
}

export function passwordChangedMail({ username, ...to }: Addressee): NewMail {
  return {
    ...to,
    kind: "accounts.password_changed",
    urgency: "security",
    subject: "Your password was changed",
    body: `The password of the account ${username} was changed.

If that was not you, ask for a new password on the page that signs you in, at once: it ends every session and API key.
`,
  };
}

export function newAddressMail({ username, ...to }: Addressee, code: MailedCode): NewMail {
  return {
    ...to,
    kind: "accounts.new_address",
    ...coded(code, mailPurposes.address(to.accountId)),
    subject: `${code.text} is your code`,
    body: `Your code is ${code.text}. It works once, within ten minutes, and makes this the address of the account ${username}.

If you did not ask for it, there is nothing to do: without the code nothing happens.
`,
  };
}

/** To the former address, without the new one. */
export function addressChangedMail({ username, ...to }: Addressee): NewMail {
  return {
    ...to,
    kind: "accounts.address_changed",
    urgency: "security",
    subject: "Your account has another address now",
    body: `The account ${username} has another e-mail address now; mails about it no longer come here.

If that was not you, tell those who run this place at once.
`,
  };
}

export function invitationMail({ username, ...to }: Addressee): NewMail {
  return {
    ...to,
    kind: "accounts.invitation",
    subject: "An account was made for you",
    body: `The account ${username} was made for you. To use it, ask for a new password on the page that signs you in: a code comes to this address.

If you do not expect this, there is nothing to do.
`,
  };
}

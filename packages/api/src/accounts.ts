import { z } from "zod";
import { countsOf, listInput, listOf, search, several } from "./list.ts";
import { permissions, roles } from "./permissions.ts";
import { pageInput, pageOf, route } from "./route.ts";
import { idOf, time } from "./values.ts";

export const accountId = idOf("account");

const accountStates = ["unverified", "active", "suspended", "closed"] as const;

export const account = z.object({
  id: accountId,
  username: z.string(),
  email: z.string(),
  role: z.enum(roles),
  customRole: z.object({ id: z.string(), name: z.string() }).nullable().describe("in place of the role's permissions"),
  state: z.enum(accountStates),
  suspendedFor: z.string().nullable(),
  createdAt: time,
});

export const email = z.email().max(254).toLowerCase();
const password = z.string().min(10).max(128);
const mailedCode = z.string().regex(/^\d{6}$/);
export const username = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_-]{2,31}$/, "3 to 32 letters, digits, _ or -, a letter first");

/** A signed-in session. The token goes into `Authorization: Bearer`; browsers get it as a cookie besides. */
export const signedIn = z.object({ token: z.string(), account, expiresAt: time });

/** The password was right; one of `needs` completes the sign-in at `POST /sessions/second`. */
export const secondNeeded = z.object({
  needs: z.array(z.enum(["totp", "recovery", "passkey"])),
  ticket: z.string(),
  expiresAt: time,
});

export const signUp = route({
  method: "POST",
  path: "/accounts",
  limit: "sign-up",
  permission: "public",
  summary: "Sign up: a code is mailed to the address, which confirms the account",
  input: z.object({ username, email, password }),
  reply: z.object({ sent: z.literal(true) }),
});

export const verifyEmail = route({
  method: "POST",
  path: "/accounts/verify",
  limit: "reset",
  permission: "public",
  summary: "Confirm an e-mail address with the mailed code, and sign in",
  input: z.object({ email, code: mailedCode, password }),
  reply: signedIn,
});

export const requestReset = route({
  method: "POST",
  path: "/accounts/reset",
  limit: "reset",
  permission: "public",
  summary: "Mail a code for a new password; the answer is the same for every address",
  input: z.object({ email }),
  reply: z.object({ sent: z.literal(true) }),
});

export const resetPassword = route({
  method: "POST",
  path: "/accounts/reset/confirm",
  limit: "reset",
  permission: "public",
  dryRun: "off",
  summary: "Set a new password with the mailed code: every session of the account ends",
  input: z.object({ email, code: mailedCode, password }),
  reply: z.object({ changed: z.literal(true) }),
});

export const changePassword = route({
  method: "POST",
  path: "/me/password",
  limit: "second-factor",
  permission: "self",
  beforeSecondFactor: true,
  dryRun: "off",
  summary: "Change one's own password: every other session ends",
  input: z.object({ currentPassword: z.string().max(128), password }),
  reply: z.object({ changed: z.literal(true) }),
});

export const requestEmailChange = route({
  method: "POST",
  path: "/me/email",
  limit: "second-factor",
  permission: "self",
  stepUp: true,
  dryRun: "off",
  summary: "Mail a code to the address that is to be one's own",
  input: z.object({ email, password: z.string().max(128) }),
  reply: z.object({ sent: z.literal(true) }),
});

export const changeEmail = route({
  method: "POST",
  path: "/me/email/confirm",
  limit: "second-factor",
  permission: "self",
  dryRun: "off",
  summary: "Make the address one's own with the code that was mailed to it; the former one is told",
  input: z.object({ email, code: mailedCode }),
  reply: account,
});

export const claimInstallation = route({
  method: "POST",
  path: "/accounts/first",
  limit: "sign-up",
  permission: "public",
  summary: "Make the first super admin with the link that the first start printed",
  input: z.object({ link: z.string().max(100), username, email, password }),
  reply: signedIn,
});

export const signIn = route({
  method: "POST",
  path: "/sessions",
  limit: "sign-in",
  permission: "public",
  dryRun: "off",
  summary: "Sign in with e-mail address and password; an account with a second factor gets a ticket for it",
  input: z.object({ email, password: z.string().max(128) }),
  reply: z.union([signedIn, secondNeeded]),
});

export const signOut = route({
  method: "POST",
  path: "/me/sign-out",
  permission: "self",
  beforeSecondFactor: true,
  summary: "End the present session",
  input: z.object({}),
  reply: z.object({ ended: z.literal(true) }),
});

export const getMe = route({
  method: "GET",
  path: "/me",
  permission: "self",
  beforeSecondFactor: true,
  summary: "The signed-in account",
  input: z.object({}),
  reply: account,
});

export const getPermissions = route({
  method: "GET",
  path: "/me/permissions",
  permission: "self",
  beforeSecondFactor: true,
  summary: "What this caller may do now",
  input: z.object({}),
  reply: z.object({ items: z.array(z.enum(permissions)) }),
});

const session = z.object({
  id: z.string(),
  address: z.string().nullable(),
  userAgent: z.string().nullable(),
  createdAt: time,
  expiresAt: time,
  current: z.boolean(),
});

export const listSessions = route({
  method: "GET",
  path: "/me/sessions",
  permission: "self",
  beforeSecondFactor: true,
  summary: "One's own sessions, newest first",
  input: z.object({}),
  reply: z.object({ items: z.array(session) }),
});

export const revokeSession = route({
  method: "DELETE",
  path: "/me/sessions/:sessionId",
  permission: "self",
  beforeSecondFactor: true,
  summary: "End one of one's own sessions",
  input: z.object({ sessionId: z.string().max(64) }),
  reply: z.object({ ended: z.literal(true) }),
});

const signInAtPlace = z.object({
  id: z.string(),
  at: time,
  address: z.string(),
  place: z.string().describe("the address's /24 or /64"),
  agent: z.string(),
  ways: z.array(z.string()),
  isNewPlace: z.boolean(),
});

export const listMySignIns = route({
  method: "GET",
  path: "/me/sign-ins",
  permission: "self",
  beforeSecondFactor: true,
  summary: "Where one's own account signed in, newest first",
  input: z.object(pageInput),
  reply: pageOf(signInAtPlace),
});

export const listSignIns = route({
  method: "GET",
  path: "/accounts/:accountId/sign-ins",
  permission: "accounts.read",
  summary: "Where an account signed in, newest first",
  input: z.object({ ...pageInput, accountId }),
  reply: pageOf(signInAtPlace),
});

export const listAccounts = route({
  method: "GET",
  path: "/accounts",
  permission: "accounts.read",
  summary: "All accounts",
  input: listInput(["-created", "username"], {
    q: search.describe("begin of an id or a name, or a whole e-mail address"),
    state: several(accountStates).optional(),
    role: several(roles).optional().describe("one that somebody made is found by the role that it counts as"),
    from: time.optional().describe("made at this moment or later"),
    to: time.optional().describe("made before this moment"),
  }),
  reply: listOf(account),
  csv: "accounts",
});

export const countAccounts = route(countsOf(listAccounts, accountStates));

import { z } from "zod";
import { signedIn } from "./accounts.ts";
import { roles } from "./permissions.ts";
import { route } from "./route.ts";
import { idOf, label, time } from "./values.ts";

const ticket = z.string().max(64);
const totpCode = z.string().regex(/^\d{6}$/);
const recoveryCodes = z.array(z.string()).describe("shown this once: each signs in once in place of a second factor");
const base64url = z
  .string()
  .max(8_192)
  .regex(/^[A-Za-z0-9_-]*$/);

/** As the browser's WebAuthn API takes it, in JSON. */
const options = z.looseObject({ challenge: z.string() });

const credential = {
  id: base64url,
  rawId: base64url,
  type: z.literal("public-key"),
  clientExtensionResults: z.record(z.string(), z.unknown()).default({}),
};

/** What a passkey answers to a challenge. */
const assertion = z.object({
  ...credential,
  response: z.object({
    clientDataJSON: base64url,
    authenticatorData: base64url,
    signature: base64url,
    userHandle: base64url.nullish(),
  }),
});

/** What a passkey says when it is made. */
const attestation = z.object({
  ...credential,
  response: z.object({
    clientDataJSON: base64url,
    attestationObject: base64url,
    transports: z.array(z.string().max(32)).max(10).optional(),
  }),
});

const secondProofs = [
  z.object({ way: z.literal("totp"), code: totpCode }),
  z.object({ way: z.literal("recovery"), code: z.string().max(64) }),
  z.object({ way: z.literal("passkey"), assertion }),
] as const;

export const secondProof = z.discriminatedUnion("way", secondProofs);

export const stepUpProof = z.discriminatedUnion("way", [
  ...secondProofs,
  z.object({ way: z.literal("password"), password: z.string().max(128) }),
]);

export const completeSignIn = route({
  method: "POST",
  path: "/sessions/second",
  limit: "second-factor",
  permission: "public",
  dryRun: "off",
  summary: "Complete a sign-in with a second factor; the ticket is good for five minutes at the address that got it",
  input: z.object({ ticket, proof: secondProof }),
  reply: signedIn,
});

export const askSecondPasskey = route({
  method: "POST",
  path: "/sessions/second/passkey",
  limit: "second-factor",
  permission: "public",
  summary: "A challenge for a passkey as second factor",
  input: z.object({ ticket }),
  reply: z.object({ options }),
});

export const askPasskey = route({
  method: "POST",
  path: "/sessions/passkey/options",
  limit: "sign-in",
  permission: "public",
  summary: "A challenge for signing in with a passkey alone",
  input: z.object({}),
  reply: z.object({ ticket, options }),
});

export const signInByPasskey = route({
  method: "POST",
  path: "/sessions/passkey",
  limit: "sign-in",
  permission: "public",
  dryRun: "off",
  summary: "Sign in with a passkey that verified its user: no password and no second factor",
  input: z.object({ ticket, assertion }),
  reply: signedIn,
});

const passkeyId = idOf("passkey");

export const passkey = z.object({ id: passkeyId, name: z.string(), createdAt: time, usedAt: time.nullable() });

export const getFactors = route({
  method: "GET",
  path: "/me/factors",
  permission: "self",
  beforeSecondFactor: true,
  summary: "One's own second factors",
  input: z.object({}),
  reply: z.object({
    totp: z.boolean(),
    passkeys: z.array(passkey),
    recoveryCodesLeft: z.number().int(),
    /** Whether the role's policy demands a second factor. */
    isRequired: z.boolean(),
  }),
});

export const enrolTotp = route({
  method: "POST",
  path: "/me/totp",
  permission: "self",
  idempotency: "off",
  stepUp: true,
  beforeSecondFactor: true,
  summary: "A new secret for an authenticator app, shown this once; it counts after its first code",
  input: z.object({}),
  reply: z.object({ secret: z.string(), url: z.string() }),
});

export const confirmTotp = route({
  method: "POST",
  path: "/me/totp/confirm",
  limit: "second-factor",
  permission: "self",
  dryRun: "off",
  idempotency: "off",
  beforeSecondFactor: true,
  summary: "Show with a first code that the authenticator app has the secret",
  input: z.object({ code: totpCode }),
  reply: z.object({ recoveryCodes }),
});

export const removeTotp = route({
  method: "DELETE",
  path: "/me/totp",
  permission: "self",
  stepUp: true,
  summary: "Remove the authenticator app",
  input: z.object({}),
  reply: z.object({ removed: z.literal(true) }),
});

export const renewRecoveryCodes = route({
  method: "POST",
  path: "/me/recovery-codes",
  permission: "self",
  idempotency: "off",
  stepUp: true,
  summary: "Ten new recovery codes in place of all earlier ones",
  input: z.object({}),
  reply: z.object({ recoveryCodes }),
});

export const askNewPasskey = route({
  method: "POST",
  path: "/me/passkeys/options",
  permission: "self",
  stepUp: true,
  beforeSecondFactor: true,
  summary: "What a browser needs to make a passkey",
  input: z.object({}),
  reply: z.object({ options }),
});

export const addPasskey = route({
  method: "POST",
  path: "/me/passkeys",
  permission: "self",
  idempotency: "off",
  beforeSecondFactor: true,
  summary: "Register a passkey; with the first factor come recovery codes",
  input: z.object({ name: label, attestation }),
  reply: z.object({ passkey, recoveryCodes }),
});

export const renamePasskey = route({
  method: "POST",
  path: "/me/passkeys/:passkeyId",
  permission: "self",
  summary: "Give a passkey another name",
  input: z.object({ passkeyId, name: label }),
  reply: passkey,
});

export const removePasskey = route({
  method: "DELETE",
  path: "/me/passkeys/:passkeyId",
  permission: "self",
  stepUp: true,
  summary: "Remove a passkey",
  input: z.object({ passkeyId }),
  reply: z.object({ removed: z.literal(true) }),
});

export const askStepUpPasskey = route({
  method: "POST",
  path: "/me/step-up/passkey",
  permission: "self",
  beforeSecondFactor: true,
  summary: "A challenge for a passkey that proves oneself anew",
  input: z.object({}),
  reply: z.object({ options }),
});

export const stepUp = route({
  method: "POST",
  path: "/me/step-up",
  limit: "second-factor",
  permission: "self",
  dryRun: "off",
  idempotency: "off",
  beforeSecondFactor: true,
  summary: "Prove oneself anew for dangerous routes: by password only while there is no second factor",
  input: z.object({ proof: stepUpProof }),
  reply: z.object({ provenUntil: time }),
});

const policy = z.object({ role: z.enum(roles), requireSecondFactor: z.boolean() });

export const listPolicies = route({
  method: "GET",
  path: "/roles/policies",
  permission: "roles.read",
  summary: "What each role demands of its accounts",
  input: z.object({}),
  reply: z.object({ items: z.array(policy) }),
});

export const setPolicy = route({
  method: "POST",
  path: "/roles/policies/:role",
  permission: "roles.write",
  stepUp: true,
  summary: "Demand a second factor of a role: who lacks one can do nothing else until they have it",
  input: policy,
  reply: policy,
});

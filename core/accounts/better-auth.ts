import { newId, newSecret } from "@berth/kit";
import { betterAuth } from "better-auth";
import { emailOTP } from "better-auth/plugins/email-otp";
import type { Context } from "../platform/context.ts";
import { codeMs, mostTries } from "./account.ts";
import { type Client, hashToken, type Issued, sessionEnd } from "./session.ts";

/** What better-auth is told besides the body of a call. */
export interface Call {
  /** Made or proven before the transaction began, so that no connection waits for a hash. */
  readonly passwordHash?: string;
  readonly client?: Client;
  /** Hears of the session that the call makes: the table gets its hash only. */
  readonly onSession?: (session: Issued) => void;
}

/** better-auth over the caller's transaction. Made per call (0.4 ms), it sees the same rows and commits with them. */
export function openAuth(ctx: Context, call: Call) {
  return betterAuth({
    database: { db: ctx.db as never, type: "postgres" },
    // Nothing of it is mounted: the address is never dialled, and the secret signs cookies that are never sent.
    baseURL: "http://berth.invalid",
    secret: ctx.keys.hash("accounts.better_auth", "secret").toString("hex"),
    logger: { disabled: true },
    telemetry: { enabled: false },
    advanced: {
      database: { validateSchema: false, generateId: ({ model }) => newId(prefixes[model] ?? model, ctx.now()) },
    },
    emailAndPassword: {
      enabled: true,
      requireEmailVerification: true,
      minPasswordLength: 10,
      password: {
        hash: async () => call.passwordHash ?? "",
        verify: async ({ hash }) => hash === call.passwordHash,
      },
    },
    emailVerification: { autoSignInAfterVerification: true },
    ...tables,
    databaseHooks: hooks(ctx, call),
    plugins: [
      emailOTP({
        otpLength: 6,
        expiresIn: codeMs / 1_000,
        allowedAttempts: mostTries,
        storeOTP: { hash: async (code) => ctx.keys.hash("accounts.code", code).toString("hex") },
        // Sign-up mails the codes itself, in its transaction.
        sendVerificationOTP: async () => {},
      }),
    ],
  });
}

const prefixes: Readonly<Record<string, string>> = { user: "account" };
const times = { createdAt: "created_at", updatedAt: "updated_at" };

const tables = {
  user: {
    modelName: "accounts",
    fields: { name: "username", emailVerified: "email_verified", ...times },
    additionalFields: {
      role: { type: "string", input: false, defaultValue: "customer" },
      state: { type: "string", input: false, defaultValue: "unverified" },
    },
  },
  session: {
    modelName: "sessions",
    fields: {
      userId: "account_id",
      token: "token_hash",
      expiresAt: "expires_at",
      ipAddress: "ip_address",
      userAgent: "user_agent",
      ...times,
    },
  },
  account: {
    modelName: "credentials",
    fields: {
      userId: "account_id",
      accountId: "subject",
      providerId: "provider",
      accessToken: "access_token",
      refreshToken: "refresh_token",
      idToken: "id_token",
      accessTokenExpiresAt: "access_token_expires_at",
      refreshTokenExpiresAt: "refresh_token_expires_at",
      ...times,
    },
  },
  verification: {
    modelName: "verifications",
    fields: { expiresAt: "expires_at", ...times },
    disableCleanup: true,
  },
} as const;

/** Rows get their times from `ctx.now`, and sessions a token of which only the keyed hash is stored. */
function hooks(ctx: Context, { client, onSession }: Call) {
  const now = ctx.now();
  const written = { createdAt: now, updatedAt: now };
  const stamp = async (row: object) => ({ data: { ...row, ...written } });
  return {
    user: { create: { before: stamp } },
    account: { create: { before: stamp } },
    verification: {
      create: {
        // A code that was tried is written anew with one try more: it keeps the end that it had.
        before: async (row: { value: string; expiresAt: Date }) => ({
          data: {
            ...row,
            ...written,
            expiresAt: row.value.endsWith(":0") ? new Date(now.getTime() + codeMs) : row.expiresAt,
          },
        }),
      },
    },
    session: {
      create: {
        before: async (row: object) => {
          const id = newId("session", now);
          const token = newSecret();
          const expiresAt = await sessionEnd(ctx);
          onSession?.({ sessionId: id, token, expiresAt });
          const { address = null, userAgent = null } = client ?? {};
          return {
            data: { ...row, ...written, id, token: hashToken(ctx, token), expiresAt, ipAddress: address, userAgent },
          };
        },
      },
    },
  };
}

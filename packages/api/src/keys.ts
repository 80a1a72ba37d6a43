import { z } from "zod";
import { permissions } from "./permissions.ts";
import { pageInput, pageOf, route } from "./route.ts";
import { idOf, label, time } from "./values.ts";

export const keyId = idOf("key");

/** Good ones of one account, at the same time. */
export const mostKeys = 50;

export const apiKey = z.object({
  id: keyId,
  name: z.string(),
  scopes: z.array(z.string()),
  createdAt: time,
  expiresAt: time,
  lastUsedAt: time.nullable().describe("to the minute"),
  revokedAt: time.nullable().describe("also when a new password was set by mail, which ends all keys"),
});

export const listKeys = route({
  method: "GET",
  path: "/me/keys",
  permission: "self",
  summary: "One's own API keys, newest first",
  input: z.object({ ...pageInput }),
  reply: pageOf(apiKey),
});

export const createKey = route({
  method: "POST",
  path: "/me/keys",
  permission: "self",
  stepUp: true,
  idempotency: "off",
  summary: `Make an API key; its secret is in this answer and never shown again; ${mostKeys} may be good at a time`,
  input: z.object({
    name: label,
    scopes: z.array(z.enum(permissions)).min(1).max(permissions.length).describe("out of one's own permissions"),
    days: z.number().int().min(1).max(366),
  }),
  reply: z.object({ key: apiKey, secret: z.string().describe("goes into `Authorization: Bearer`") }),
});

export const revokeKey = route({
  method: "DELETE",
  path: "/me/keys/:keyId",
  permission: "self",
  summary: "Revoke one of one's own API keys: it is refused from its next call on",
  input: z.object({ keyId }),
  reply: apiKey,
});

export const mintToken = route({
  method: "POST",
  path: "/me/tokens",
  permission: "self",
  dryRun: "off",
  idempotency: "off",
  summary: "A token for programs: five minutes, and never longer than the session that asks for it",
  input: z.object({}),
  reply: z.object({ token: z.string(), expiresAt: time }),
});

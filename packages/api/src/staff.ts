import { z } from "zod";
import { account, accountId, email, username } from "./accounts.ts";
import { roles } from "./permissions.ts";
import { route } from "./route.ts";
import { idOf, label } from "./values.ts";

const role = z.union([z.enum(roles), idOf("role")]).describe("a fixed role, or the id of one that somebody made");
const accountIds = z.array(accountId).min(1).max(100);

/** What came of each: one that fails holds up no other. */
const outcomes = z.object({
  items: z.array(
    z.object({
      id: z.string(),
      ok: z.boolean(),
      problem: z.object({ code: z.string(), detail: z.string() }).optional(),
    }),
  ),
});

export const getAccount = route({
  method: "GET",
  path: "/accounts/:accountId",
  permission: "accounts.read",
  summary: "One account",
  input: z.object({ accountId }),
  reply: account,
});

export const createAccount = route({
  method: "POST",
  path: "/accounts/create",
  permission: "accounts.write",
  summary: "Make a customer's account; its owner is mailed how to set a password, which proves the address",
  input: z.object({ username, email }),
  reply: account,
});

export const editAccount = route({
  method: "POST",
  path: "/accounts/:accountId",
  permission: "accounts.write",
  summary: "Give an account another name",
  input: z.object({ accountId, username }),
  reply: account,
});

export const assignRole = route({
  method: "POST",
  path: "/accounts/:accountId/role",
  permission: "accounts.roles",
  stepUp: true,
  summary: "Give an account another role, from its next call on",
  input: z.object({ accountId, role }),
  reply: account,
});

export const suspendAccount = route({
  method: "POST",
  path: "/accounts/:accountId/suspend",
  permission: "accounts.write",
  summary: "Suspend an account: its sessions end, its API keys are refused",
  input: z.object({ accountId, reason: label }),
  reply: account,
});

export const resumeAccount = route({
  method: "POST",
  path: "/accounts/:accountId/resume",
  permission: "accounts.write",
  summary: "Let a suspended account act again",
  input: z.object({ accountId }),
  reply: account,
});

export const suspendAccounts = route({
  method: "POST",
  path: "/accounts/batch-suspend",
  permission: "accounts.write",
  summary: "Suspend many accounts, each with its own result",
  input: z.object({ accountIds, reason: label }),
  reply: outcomes,
});

export const resumeAccounts = route({
  method: "POST",
  path: "/accounts/batch-resume",
  permission: "accounts.write",
  summary: "Let many suspended accounts act again, each with its own result",
  input: z.object({ accountIds }),
  reply: outcomes,
});

export const assignRoles = route({
  method: "POST",
  path: "/accounts/batch-role",
  permission: "accounts.roles",
  stepUp: true,
  summary: "Give many accounts another role, each with its own result",
  input: z.object({ accountIds, role }),
  reply: outcomes,
});

import { z } from "zod";
import { account, accountId, email, username } from "./accounts.ts";
import { batchOf } from "./batch.ts";
import { roles } from "./permissions.ts";
import { route } from "./route.ts";
import { idOf, label } from "./values.ts";

const role = z.union([z.enum(roles), idOf("role")]).describe("a fixed role, or the id of one that somebody made");
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

export const createAccounts = batchOf(createAccount, {
  path: "/accounts/batch-create",
  summary: "Make many customers' accounts, each with its own result",
});

export const editAccounts = batchOf(editAccount, {
  path: "/accounts/batch-edit",
  summary: "Give many accounts other names, each with its own result",
});

export const assignRoles = batchOf(assignRole, {
  path: "/accounts/batch-role",
  summary: "Give many accounts another role, each with its own result",
});

export const suspendAccounts = batchOf(suspendAccount, {
  path: "/accounts/batch-suspend",
  summary: "Suspend many accounts, each with its own result",
});

export const resumeAccounts = batchOf(resumeAccount, {
  path: "/accounts/batch-resume",
  summary: "Let many suspended accounts act again, each with its own result",
});

import { accounts as api, history, permissions, staff } from "@berth/api";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { type Actor, accountOf, may } from "../platform/actor.ts";
import { serveBatch } from "../platform/batch.ts";
import type { Context } from "../platform/context.ts";
import { serve } from "../platform/http.ts";
import { assignRole } from "./assign-role.ts";
import { changeEmail, requestEmailChange } from "./change-email.ts";
import { changePassword } from "./change-password.ts";
import { createAccountFor, editAccount } from "./create.ts";
import { claimInstallation } from "./first-admin.ts";
import { findHistory } from "./history-store.ts";
import { identifyRequest } from "./identify.ts";
import { countAccounts, findAccounts } from "./list-store.ts";
import { requestReset, resetPassword } from "./reset.ts";
import { findSignIns } from "./sign-in-store.ts";
import { revokeSession, signOut } from "./sign-out.ts";
import { signUp } from "./sign-up.ts";
import { resumeAccount, suspendAccount } from "./suspend.ts";
import { verifyEmail } from "./verify.ts";
import { findSessions, getAccount } from "./views.ts";

export function accountRoutes(app: FastifyInstance): void {
  serve(app, api.signUp, signUp);
  serve(app, api.verifyEmail, verifyEmail);
  serve(app, api.claimInstallation, claimInstallation);
  serve(app, api.requestReset, requestReset);
  serve(app, api.resetPassword, resetPassword);
  serve(app, api.signOut, signOut);
  serve(app, api.getMe, (ctx) => getAccount(ctx, accountOf(ctx.actor)));
  serve(app, api.getPermissions, async (ctx) => ({ items: permissions.filter((one) => may(ctx.actor, one)) }));
  serve(app, api.changePassword, changePassword);
  serve(app, api.requestEmailChange, requestEmailChange);
  serve(app, api.changeEmail, changeEmail);
  serve(app, api.listSessions, findSessions);
  serve(app, api.revokeSession, revokeSession);
  serve(app, api.listMySignIns, (ctx, page) => findSignIns(ctx, accountOf(ctx.actor), page));
  serve(app, api.listSignIns, async (ctx, { accountId, ...page }) => {
    const { id } = await getAccount(ctx, accountId);
    return findSignIns(ctx, id, page);
  });
  serve(app, history.listMyHistory, (ctx, page) => findHistory(ctx, accountOf(ctx.actor), page));
  serve(app, history.listHistory, async (ctx, { accountId, ...page }) => {
    const { id } = await getAccount(ctx, accountId);
    return findHistory(ctx, id, page);
  });
  serve(app, api.listAccounts, findAccounts);
  serve(app, api.countAccounts, countAccounts);
  serve(app, staff.getAccount, (ctx, { accountId }) => getAccount(ctx, accountId));
  serve(app, staff.createAccount, createAccountFor);
  serveBatch<typeof staff.createAccount>(app, staff.createAccounts, createAccountFor);
  serve(app, staff.editAccount, editAccount);
  serveBatch<typeof staff.editAccount>(app, staff.editAccounts, editAccount);
  serve(app, staff.assignRole, assignRole);
  serveBatch<typeof staff.assignRole>(app, staff.assignRoles, assignRole);
  serve(app, staff.suspendAccount, suspendAccount);
  serveBatch<typeof staff.suspendAccount>(app, staff.suspendAccounts, suspendAccount);
  serve(app, staff.resumeAccount, resumeAccount);
  serveBatch<typeof staff.resumeAccount>(app, staff.resumeAccounts, resumeAccount);
}

/** Who sends this request; throws for a token that is no longer good. */
export function identify(ctx: Context, request: FastifyRequest): Promise<Actor> {
  return identifyRequest(ctx, { headers: request.headers, address: request.ip });
}

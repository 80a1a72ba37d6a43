import { accounts as api } from "@berth/api";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { type Actor, accountOf } from "../platform/actor.ts";
import type { Context } from "../platform/context.ts";
import { serve } from "../platform/http.ts";
import { claimInstallation } from "./first-admin.ts";
import { identifyRequest } from "./identify.ts";
import { findSignIns } from "./sign-in-store.ts";
import { revokeSession, signOut } from "./sign-out.ts";
import { signUp } from "./sign-up.ts";
import { verifyEmail } from "./verify.ts";
import { findAccounts, findSessions, getAccount } from "./views.ts";

export function accountRoutes(app: FastifyInstance): void {
  serve(app, api.signUp, signUp);
  serve(app, api.verifyEmail, verifyEmail);
  serve(app, api.claimInstallation, claimInstallation);
  serve(app, api.signOut, signOut);
  serve(app, api.getMe, (ctx) => getAccount(ctx, accountOf(ctx.actor)));
  serve(app, api.listSessions, findSessions);
  serve(app, api.revokeSession, revokeSession);
  serve(app, api.listMySignIns, (ctx, page) => findSignIns(ctx, accountOf(ctx.actor), page));
  serve(app, api.listSignIns, (ctx, { accountId, ...page }) => findSignIns(ctx, accountId, page));
  serve(app, api.listAccounts, findAccounts);
}

/** Who sends this request; throws for a token that is no longer good. */
export function identify(ctx: Context, request: FastifyRequest): Promise<Actor> {
  return identifyRequest(ctx, { headers: request.headers, address: request.ip });
}

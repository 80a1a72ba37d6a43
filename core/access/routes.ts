import { accounts, access as api, customRoles, keys } from "@berth/api";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { identify } from "../accounts/index.ts";
import type { Actor } from "../platform/actor.ts";
import type { Context } from "../platform/context.ts";
import { serve } from "../platform/http.ts";
import { confirmTotp, enrolTotp, removeTotp } from "./enrol-totp.ts";
import { findFactors } from "./factors.ts";
import { identifyProgram } from "./identify.ts";
import { createKey, revokeKey } from "./make-key.ts";
import { changeRole, createRole, deleteRole } from "./make-role.ts";
import { siteOf } from "./passkey.ts";
import { listPolicies, setPolicy } from "./policy.ts";
import { renewRecoveryCodes } from "./recovery-codes.ts";
import { addPasskey, askNewPasskey, removePasskey, renamePasskey } from "./register-passkey.ts";
import { askPasskey, askSecondPasskey, completeSignIn, signIn, signInByPasskey } from "./sign-in.ts";
import { askStepUpPasskey, stepUp } from "./step-up.ts";
import { mintToken } from "./token.ts";
import { publishedKeys } from "./token-key.ts";
import { findKeys, findRoles } from "./views.ts";

/** `publicUrl`: where people reach control, which passkeys are made for. */
export function factorRoutes(app: FastifyInstance, publicUrl: string): void {
  const site = siteOf(publicUrl);
  serve(app, accounts.signIn, signIn);
  serve(app, api.completeSignIn, (ctx, input, exchange) => completeSignIn(ctx, input, { exchange, site }));
  serve(app, api.askSecondPasskey, (ctx, input, exchange) => askSecondPasskey(ctx, input, { exchange, site }));
  serve(app, api.askPasskey, (ctx, _input, exchange) => askPasskey(ctx, { exchange, site }));
  serve(app, api.signInByPasskey, (ctx, input, exchange) => signInByPasskey(ctx, input, { exchange, site }));
  serve(app, api.getFactors, findFactors);
  serve(app, api.enrolTotp, enrolTotp);
  serve(app, api.confirmTotp, confirmTotp);
  serve(app, api.removeTotp, removeTotp);
  serve(app, api.renewRecoveryCodes, renewRecoveryCodes);
  serve(app, api.askNewPasskey, (ctx) => askNewPasskey(ctx, site));
  serve(app, api.addPasskey, (ctx, input) => addPasskey(ctx, input, site));
  serve(app, api.renamePasskey, renamePasskey);
  serve(app, api.removePasskey, removePasskey);
  serve(app, api.askStepUpPasskey, (ctx) => askStepUpPasskey(ctx, site));
  serve(app, api.stepUp, (ctx, input) => stepUp(ctx, input, site));
  serve(app, api.listPolicies, listPolicies);
  serve(app, api.setPolicy, setPolicy);
}

/** `publicUrl`: who tokens are from. */
export function accessRoutes(app: FastifyInstance, publicUrl: string): void {
  serve(app, customRoles.listRoles, findRoles);
  serve(app, customRoles.createRole, createRole);
  serve(app, customRoles.changeRole, changeRole);
  serve(app, customRoles.deleteRole, deleteRole);
  serve(app, keys.listKeys, findKeys);
  serve(app, keys.createKey, createKey);
  serve(app, keys.revokeKey, revokeKey);
  serve(app, keys.mintToken, (ctx) => mintToken(ctx, publicUrl));
  app.get("/.well-known/jwks.json", { schema: { hide: true } }, async (_request, reply) => {
    // Far less than a key is published ahead.
    reply.header("cache-control", "public, max-age=300");
    return publishedKeys(app.berth);
  });
}

/** Who sends a request: an API key, a token, or a session. Throws for what is no longer good. */
export function identifyWith(publicUrl: string) {
  return async (ctx: Context, request: FastifyRequest): Promise<Actor> => {
    const presented = { authorization: request.headers.authorization, address: request.ip, issuer: publicUrl };
    return (await identifyProgram(ctx, presented)) ?? identify(ctx, request);
  };
}

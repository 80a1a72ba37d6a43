import { accounts, access as api } from "@berth/api";
import type { FastifyInstance } from "fastify";
import { serve } from "../platform/http.ts";
import { confirmTotp, enrolTotp, removeTotp } from "./enrol-totp.ts";
import { findFactors } from "./factors.ts";
import { siteOf } from "./passkey.ts";
import { listPolicies, setPolicy } from "./policy.ts";
import { renewRecoveryCodes } from "./recovery-codes.ts";
import { addPasskey, askNewPasskey, removePasskey, renamePasskey } from "./register-passkey.ts";
import { askPasskey, askSecondPasskey, completeSignIn, signIn, signInByPasskey } from "./sign-in.ts";
import { askStepUpPasskey, stepUp } from "./step-up.ts";

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

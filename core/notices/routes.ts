import { notices as api } from "@berth/api";
import type { FastifyInstance } from "fastify";
import { serve } from "../platform/http.ts";
import { resendMail } from "./resend.ts";
import { findMails } from "./views.ts";

export function noticeRoutes(app: FastifyInstance): void {
  serve(app, api.listOutbox, findMails);
  serve(app, api.resendMail, resendMail);
}

import { z } from "zod";
import { pageInput, pageOf, route } from "./route.ts";
import { idOf, time } from "./values.ts";

const mailId = idOf("mail");
const state = z.enum(["waiting", "sending", "sent", "kept", "failed", "dropped"]);

export const mail = z.object({
  id: mailId,
  address: z.string().describe("masked for who may not see personal data"),
  kind: z.string(),
  urgency: z.enum(["security", "code", "notice"]),
  subject: z.string(),
  body: z.string().describe("of kept and failed mails; codes for super admins only, and while they are good"),
  state,
  attempts: z.number().int(),
  error: z.string().nullable(),
  createdAt: time,
  nextTryAt: time.nullable(),
  sentAt: time.nullable(),
});

export const listOutbox = route({
  method: "GET",
  path: "/notices/outbox",
  permission: "notices.read",
  summary: "Mails, newest first; `kept` ones wait here because no mail server is set",
  input: z.object({
    ...pageInput,
    address: z.string().max(254).optional().describe("the whole address of a recipient"),
    state: state.optional(),
  }),
  reply: pageOf(mail),
});

export const resendMail = route({
  method: "POST",
  path: "/notices/outbox/:mailId/resend",
  permission: "notices.write",
  summary: "Try a failed or kept mail anew; an address gets at most five mails in ten minutes",
  input: z.object({ mailId }),
  reply: mail,
});

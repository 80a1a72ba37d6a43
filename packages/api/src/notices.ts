import { z } from "zod";
import { pageInput, pageOf, route } from "./route.ts";
import { idOf, time } from "./values.ts";

const mail = z.object({
  id: idOf("mail"),
  address: z.string(),
  kind: z.string(),
  subject: z.string(),
  body: z.string(),
  state: z.enum(["waiting", "sent", "kept", "failed"]),
  error: z.string().nullable(),
  createdAt: time,
  sentAt: time.nullable(),
});

export const listOutbox = route({
  method: "GET",
  path: "/notices/outbox",
  permission: "notices.read",
  summary: "Mails, newest first; `kept` ones wait here because no mail server is set",
  input: z.object({ ...pageInput, address: z.string().max(254).optional() }),
  reply: pageOf(mail),
});

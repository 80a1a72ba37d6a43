import type { Said } from "@berth/ui/words/words.ts";
import type zh from "../zh-CN/outbox.ts";

export default {
  title: "Outbox",
  subject: "Subject",
  address: "To",
  state: "State",
  states: {
    waiting: "Waiting",
    sending: "Sending",
    sent: "Sent",
    kept: "Kept here",
    failed: "Failed",
    dropped: "Replaced",
  },
  urgency: "Kind",
  urgencies: { security: "Security", code: "Code", notice: "Notice" },
  attempts: "Tries",
  created: "Written",
  sent: "Sent",
  open: "Open",
  again: "Send again",
  again_: "Queued again",
  notStuck: "Only mails that failed or were kept can be sent again",
  noBody: "Its text is no longer kept, or your role can't read it.",
  empty: "No mail yet",
  emptyDo: "Without a mail server, mails stay here.",
} satisfies Said<typeof zh>;

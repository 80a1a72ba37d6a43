import type { Said } from "@berth/ui/words/words.ts";
import type zh from "../zh-CN/audit.ts";

export default {
  title: "Audit",
  one: "Event",
  search: "Words in the event's data",
  what: "What happened",
  name: "Event name",
  actor: "By",
  about: "About",
  account: "Account",
  lease: "Lease",
  node: "Node",
  at: "When",
  from: "From",
  to: "Before",
  position: "Position",
  unsealed: "Not sealed yet",
  id: "Id",
  erased: "Personal data erased",
  sealed: "The chain of events is signed up to position {{position}}",
  copyHead: "Copy signed head",
  views: { signIns: "Sign-ins", failures: "Failed sign-ins", settings: "Changed settings" },
  empty: "No event yet",
} satisfies Said<typeof zh>;

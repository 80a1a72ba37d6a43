import type { history, ReplyOf } from "@berth/api";

export type Happened = ReplyOf<typeof history.listHistory>["items"][number];
export type HistoryKind = Happened["kind"];

/**
 * Which events belong to which kind, in words that both JavaScript and PostgreSQL read alike. What happens inside, as a port that is
 * given anew, is nobody's history.
 */
const patterns: Readonly<Record<HistoryKind, string>> = {
  leases: "^(leases|devices)\\.(?!configuration_|instance_|port_)",
  orders: "^orders\\.",
  "sign-ins": "^accounts\\.(signed_in|signed_out|sign_in_failed$|session_revoked$)",
  configurations: "^(leases|derp)\\.configuration_",
  account: "^(access\\.|accounts\\.(?!signed_in|signed_out|sign_in_failed$|session_revoked$))",
};

const kinds = Object.keys(patterns) as HistoryKind[];

/** What the names of events of these kinds look like. */
export function patternOf(wanted: readonly HistoryKind[] = kinds): string {
  return wanted.map((kind) => `(${patterns[kind]})`).join("|");
}

export function kindOf(name: string): HistoryKind {
  return kinds.find((kind) => new RegExp(patterns[kind]).test(name)) ?? "account";
}

/** Who did it, without saying which of the staff. */
export function doerOf(actor: string, accountId: string): Happened["by"] {
  if (actor === accountId) return "owner";
  if (actor === "anonymous") return "nobody";
  return actor.startsWith("account_") ? "staff" : "system";
}

/** Ids and figures that mean something to the account's owner; what staff note for each other is not among them. */
const shown = [
  "sessionId",
  "ways",
  "orderId",
  "planId",
  "serialId",
  "version",
  "form",
  "why",
  "until",
  "days",
  "keyId",
  "way",
];

export function shownData(name: string, data: unknown): Record<string, unknown> {
  const mine = name.startsWith("leases.") || name === "accounts.sign_in_failed" ? [...shown, "reason"] : shown;
  return Object.fromEntries(Object.entries(data as object).filter(([key]) => mine.includes(key)));
}

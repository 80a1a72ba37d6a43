import { dayMs, hourMs } from "@berth/kit";
import type { Renewal } from "@berth/offering";
import type { Row } from "../../platform/rows.ts";

/** What people hold to reach a lease, in one version. */
export type ConfigurationRow = Row<"configurations">;

/*
 *   present ──a newer one──► former ──its time──► ended (expired)
 *      │                       └────revoked────► ended (revoked)
 *      ├──its time, before a newer one was made──► over: it works no more, and is replaced as soon as control can
 *      └──its lease is over──► ended (lease_over)
 */
export type ConfigurationState = "present" | "former" | "expired" | "revoked" | "lease_over";

export function stateOf({ until, replaced_at, ended_for }: ConfigurationRow, now: Date): ConfigurationState {
  if (ended_for) return ended_for;
  if (until && until <= now) return "expired";
  return replaced_at ? "former" : "present";
}

/** When a version that is made now is renewed and stops working; nothing for kinds that renew nothing. */
export function timesOf(renewal: Renewal | undefined, now: Date): Pick<ConfigurationRow, "renews_at" | "until"> {
  if (!renewal) return { renews_at: null, until: null };
  return {
    renews_at: new Date(now.getTime() + renewal.renewAfterDays * dayMs),
    until: new Date(now.getTime() + renewal.validDays * dayMs),
  };
}

/** Until when a version that is replaced now works beside the next: never longer than it would have worked anyhow. */
export function untilBeside({ until }: Pick<ConfigurationRow, "until">, renewal: Renewal, now: Date): Date {
  const beside = new Date(now.getTime() + renewal.besideHours * hourMs);
  return until && until < beside ? until : beside;
}

export const formerPlace = (endpointId: string) => `former_endpoints|secrets|${endpointId}`;

/** Where a version leads in one slot. */
export interface Held {
  readonly slot: number;
  readonly nodeId: string;
  readonly nodeName: string;
  readonly region: string;
  readonly address: string | null;
  readonly port: number | null;
  readonly fingerprint: string;
}

export interface HeldChange {
  readonly slot: number;
  readonly what: "added" | "removed" | "node" | "address" | "port" | "identity";
  readonly from: string | null;
  readonly to: string | null;
}

/** What is different for those who change from one version to the next. */
export function changesBetween(before: readonly Held[], after: readonly Held[]): HeldChange[] {
  const slots = [...new Set([...before, ...after].map(({ slot }) => slot))].sort((a, b) => a - b);
  return slots.flatMap((slot): HeldChange[] => {
    const [from, to] = [before, after].map((list) => list.find((held) => held.slot === slot));
    if (!from) return to ? [{ slot, what: "added", from: null, to: to.nodeName }] : [];
    if (!to) return [{ slot, what: "removed", from: from.nodeName, to: null }];
    return fields
      .filter(([, field]) => from[field] !== to[field])
      .map(([what, field]) => ({ slot, what, from: toText(from, field), to: toText(to, field) }));
  });
}

const fields = [
  ["node", "nodeId"],
  ["address", "address"],
  ["port", "port"],
  ["identity", "fingerprint"],
] as const;

/** People know nodes by their names. */
function toText(held: Held, field: keyof Held): string | null {
  return held[field === "nodeId" ? "nodeName" : field]?.toString() ?? null;
}

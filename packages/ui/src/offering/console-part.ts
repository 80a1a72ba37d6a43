import type { leases, ReplyOf } from "@berth/api";
import type { ComponentType } from "react";
import type { loadWords } from "../words/words.ts";

export type Lease = ReplyOf<typeof leases.getLease>;

/** What the console asks of a kind of service. */
export interface ConsolePart {
  readonly words: Parameters<typeof loadWords>[0];
  /** How to connect with a lease, and what belongs to it. */
  readonly LeasePanel: ComponentType<{ readonly lease: Lease }>;
  /** Fields of its own in a plan's form, under `options`. */
  readonly PlanFields?: ComponentType;
}

import type { leases, ReplyOf } from "@berth/api";
import type { ComponentType } from "react";
import type { loadWords } from "../words/words.ts";

export type Lease = ReplyOf<typeof leases.getLease>;

/** A part of what a kind shows of a lease, with an address of its own below it. */
export interface LeaseTab {
  readonly key: string;
  /** Asked each time that it is shown: the language may have changed. */
  readonly label: () => string;
  /** Where its guide is. */
  readonly help: string;
  /** Also of leases that are over. */
  readonly isForFormer?: true;
  readonly Panel: ComponentType<{ readonly lease: Lease }>;
}

/** What the console asks of a kind of service. */
export interface ConsolePart {
  readonly words: Parameters<typeof loadWords>[0];
  /** How to connect with a lease, and what belongs to it. */
  readonly LeasePanel: ComponentType<{ readonly lease: Lease }>;
  /** What somebody should know of a lease as it is now; nothing while all is as it was sold. */
  readonly LeaseNote?: ComponentType<{ readonly lease: Lease }>;
  /** What else there is for who rents it, in the order of the tabs. */
  readonly leaseTabs?: readonly LeaseTab[];
  /** Fields of its own in a plan's form, under `options`. */
  readonly PlanFields?: ComponentType;
}

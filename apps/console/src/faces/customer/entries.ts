import type { Entry } from "../../entry.ts";
import { helpEntry } from "./help/entry.ts";
import { leaseEntry, leasesEntry } from "./leases/entry.ts";
import { meEntry } from "./me/entry.ts";
import { ordersEntry } from "./orders/entry.ts";
import { onSaleEntry } from "./plans/entry.ts";
import { redeemEntry } from "./redeem/entry.ts";

/** The pages of who rents, in the order of their navigation. */
export const customerEntries: readonly Entry[] = [
  leasesEntry,
  leaseEntry,
  redeemEntry,
  onSaleEntry,
  ordersEntry,
  helpEntry,
  meEntry,
];

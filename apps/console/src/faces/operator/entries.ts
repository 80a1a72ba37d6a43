import type { Entry } from "../../entry.ts";
import { accountEntry, accountsEntry } from "./accounts/entry.ts";
import { auditEntry } from "./audit/entry.ts";
import { leaseEntry, leasesEntry } from "./leases/entry.ts";
import { nodeEntry, nodesEntry } from "./nodes/entry.ts";
import { operationsEntry } from "./operations/entry.ts";
import { ordersEntry } from "./orders/entry.ts";
import { outboxEntry } from "./outbox/entry.ts";
import { overviewEntry } from "./overview/entry.ts";
import { newPlanEntry, plansEntry } from "./plans/entry.ts";
import { batchEntry, batchesEntry } from "./serials/entry.ts";
import { settingsEntry } from "./settings/entry.ts";

/** The pages of who runs the site, in the order of their navigation. */
export const operatorEntries: readonly Entry[] = [
  overviewEntry,
  nodesEntry,
  nodeEntry,
  accountsEntry,
  accountEntry,
  leasesEntry,
  leaseEntry,
  plansEntry,
  newPlanEntry,
  batchesEntry,
  batchEntry,
  ordersEntry,
  operationsEntry,
  auditEntry,
  outboxEntry,
  settingsEntry,
];

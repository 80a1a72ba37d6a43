import type { Entry } from "../../../entry.ts";
import { eventWords, leasesWords } from "../../../i18n/areas.ts";

export const leasesEntry: Entry = {
  path: "/operator/leases",
  permission: "leases.any",
  words: [leasesWords],
  page: () => import("./page.tsx"),
  nav: { label: "leases", icon: "leases", group: "customers", isBottom: true },
};

export const leaseEntry: Entry = {
  path: "/operator/leases/$leaseId/{-$tab}",
  permission: "leases.any",
  words: [leasesWords, eventWords],
  page: () => import("./lease.tsx"),
};

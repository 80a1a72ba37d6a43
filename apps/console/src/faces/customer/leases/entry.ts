import type { Entry } from "../../../entry.ts";
import { serviceWords } from "../../../i18n/areas.ts";

export const leasesEntry: Entry = {
  path: "/leases",
  words: [serviceWords],
  page: () => import("./page.tsx"),
  nav: { label: "services", icon: "leases", isBottom: true },
};

export const leaseEntry: Entry = {
  path: "/leases/$leaseId/{-$tab}",
  words: [serviceWords],
  page: () => import("./lease.tsx"),
};

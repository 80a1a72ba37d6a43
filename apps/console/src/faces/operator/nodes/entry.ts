import type { Entry } from "../../../entry.ts";
import { eventWords, nodeWords } from "../../../i18n/areas.ts";

export const nodesEntry: Entry = {
  path: "/operator/nodes",
  permission: "nodes.read",
  words: [nodeWords],
  page: () => import("./page.tsx"),
  nav: { label: "nodes", icon: "nodes", group: "fleet", isBottom: true },
};

export const nodeEntry: Entry = {
  path: "/operator/nodes/$nodeId/{-$tab}",
  permission: "nodes.read",
  words: [nodeWords, eventWords],
  page: () => import("./node.tsx"),
};

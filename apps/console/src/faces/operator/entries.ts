import type { Entry } from "../../entry.ts";
import { nodeEntry, nodesEntry } from "./nodes/entry.ts";
import { overviewEntry } from "./overview/entry.ts";

/** The pages of who runs the site, in the order of their navigation. */
export const operatorEntries: readonly Entry[] = [overviewEntry, nodesEntry, nodeEntry];

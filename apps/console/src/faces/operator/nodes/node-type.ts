import type { fleet, ReplyOf } from "@berth/api";

export type Node = ReplyOf<typeof fleet.getNode>;

/** As the list has it: with how many people it serves. */
export type ListedNode = ReplyOf<typeof fleet.listNodes>["items"][number];

import type { configurations, ReplyOf } from "@berth/api";

export type Version = ReplyOf<typeof configurations.listConfigurations>["items"][number];

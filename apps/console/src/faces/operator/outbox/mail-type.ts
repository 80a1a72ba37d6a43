import type { notices, ReplyOf } from "@berth/api";

export type Mail = ReplyOf<typeof notices.listOutbox>["items"][number];

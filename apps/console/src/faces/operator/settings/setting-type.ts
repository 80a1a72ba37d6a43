import type { ReplyOf, settings } from "@berth/api";

export type Setting = ReplyOf<typeof settings.listSettings>["items"][number];

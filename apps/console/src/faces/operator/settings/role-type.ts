import type { customRoles, ReplyOf } from "@berth/api";

export type Role = ReplyOf<typeof customRoles.listRoles>["items"][number];

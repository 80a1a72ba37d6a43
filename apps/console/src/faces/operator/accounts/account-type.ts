import type { ReplyOf, staff } from "@berth/api";

export type Account = ReplyOf<typeof staff.getAccount>;

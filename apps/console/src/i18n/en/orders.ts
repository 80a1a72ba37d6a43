import type { Said } from "@berth/ui/words/words.ts";
import type zh from "../zh-CN/orders.ts";

export default {
  title: "Orders",
  search: "Id of an order, lease or account, or a user name",
  id: "Id",
  state: "State",
  kind: "Kind",
  kinds: { redemption: "Redemption" },
  price: "Price",
  account: "Account",
  created: "When",
  from: "From",
  to: "Before",
  empty: "No order yet",
  emptyDo: "Each redemption leaves an order.",
  mine: "My orders",
  redeem: "Redeem a serial",
} satisfies Said<typeof zh>;

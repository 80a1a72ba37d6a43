import { orders } from "@berth/api";
import { Empty } from "@berth/ui/feedback/feedback.tsx";
import { List } from "@berth/ui/list/list.tsx";
import { useWords } from "@berth/ui/words/words.ts";
import type { ReactNode } from "react";
import { accountsWords } from "../../../i18n/areas.ts";
import { useOrderColumns } from "../../../parts/order-columns.tsx";

/** What somebody bought or redeemed. */
export function AccountOrders({ accountId }: { readonly accountId: string }): ReactNode {
  const say = useWords(accountsWords);
  const columns = useOrderColumns();
  return (
    <List
      name="account-orders"
      title={say("tabs.orders")}
      route={orders.listOrders}
      fixed={{ accountId }}
      columns={columns}
      keyOf={({ id }) => id}
      nameOf={({ id }) => id}
      hrefOf={({ leaseId }) => `/operator/leases/${leaseId}`}
      empty={<Empty title={say("noOrders")} />}
    />
  );
}

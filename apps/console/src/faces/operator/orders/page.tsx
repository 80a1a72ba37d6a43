import { orders } from "@berth/api";
import { Empty } from "@berth/ui/feedback/feedback.tsx";
import { Page } from "@berth/ui/frame/page.tsx";
import { List } from "@berth/ui/list/list.tsx";
import { useWords } from "@berth/ui/words/words.ts";
import type { ReactNode } from "react";
import { ordersWords } from "../../../i18n/areas.ts";
import { useOrderColumns } from "../../../parts/order-columns.tsx";

export default function Orders(): ReactNode {
  const say = useWords(ordersWords);
  const columns = useOrderColumns();
  return (
    <Page title={say("title")}>
      <List
        name="orders"
        title={say("title")}
        route={orders.listOrders}
        columns={columns}
        keyOf={({ id }) => id}
        nameOf={({ id }) => id}
        hrefOf={({ leaseId }) => `/operator/leases/${leaseId}`}
        search={say("search")}
        filters={[
          { name: "from", label: say("from"), kind: "date" },
          { name: "to", label: say("to"), kind: "date" },
        ]}
        empty={<Empty title={say("empty")}>{say("emptyDo")}</Empty>}
      />
    </Page>
  );
}

import { leases } from "@berth/api";
import { Empty } from "@berth/ui/feedback/feedback.tsx";
import { List } from "@berth/ui/list/list.tsx";
import { useWords } from "@berth/ui/words/words.ts";
import type { ReactNode } from "react";
import { accountsWords } from "../../../i18n/areas.ts";
import { useLeaseColumns } from "../../../parts/lease-columns.tsx";

/** What somebody leased. */
export function AccountLeases({ accountId }: { readonly accountId: string }): ReactNode {
  const say = useWords(accountsWords);
  const columns = useLeaseColumns();
  return (
    <List
      name="account-leases"
      title={say("tabs.leases")}
      route={leases.listLeases}
      fixed={{ accountId }}
      columns={columns}
      keyOf={({ id }) => id}
      nameOf={({ planName }) => planName}
      hrefOf={({ id }) => `/operator/leases/${id}`}
      empty={<Empty title={say("noLeases")}>{say("noLeasesDo")}</Empty>}
    />
  );
}

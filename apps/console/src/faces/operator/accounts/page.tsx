import { accounts, staff } from "@berth/api";
import { Empty } from "@berth/ui/feedback/feedback.tsx";
import { Page } from "@berth/ui/frame/page.tsx";
import { List } from "@berth/ui/list/list.tsx";
import type { Selection } from "@berth/ui/list/types.ts";
import { BatchDialog } from "@berth/ui/operation/batch-dialog.tsx";
import { ActButton } from "@berth/ui/permission/act-button.tsx";
import { useUi } from "@berth/ui/words/ui-words.ts";
import { useWords } from "@berth/ui/words/words.ts";
import { type ReactNode, useState } from "react";
import { accountsWords } from "../../../i18n/areas.ts";
import { type Account, useAccountColumns } from "./columns.tsx";
import { CreateAccount } from "./create-account.tsx";

const states = ["active", "unverified", "suspended", "closed"] as const;
const roles = ["customer", "distributor", "admin", "super_admin"] as const;

type Marked = { readonly to: "suspend" | "resume"; readonly selection: Selection<Account> };

export default function Accounts(): ReactNode {
  const say = useWords(accountsWords);
  const ui = useUi();
  const [isCreating, setCreating] = useState(false);
  const [marked, mark] = useState<Marked>();
  const create = (
    <ActButton permission="accounts.write" primary onClick={() => setCreating(true)}>
      {say("create")}
    </ActButton>
  );
  const columns = useAccountColumns();
  return (
    <Page title={say("title")} action={create}>
      <List
        name="accounts"
        title={say("title")}
        route={accounts.listAccounts}
        counts={accounts.countAccounts}
        columns={columns}
        keyOf={({ id }) => id}
        nameOf={({ username }) => username}
        hrefOf={({ id }) => `/operator/accounts/${id}`}
        states={states.map((value) => ({ value, label: ui(`states.account.${value}`) }))}
        search={say("search")}
        filters={[
          {
            name: "role",
            label: say("role"),
            kind: "choice",
            options: roles.map((value) => ({ value, label: say(`roles.${value}`) })),
          },
          { name: "from", label: say("from"), kind: "date" },
        ]}
        views={[{ name: say("views.staff"), query: "role=admin,super_admin" }]}
        bulk={[
          {
            key: "suspend",
            label: say("suspend"),
            permission: "accounts.write",
            isDanger: true,
            run: (selection) => mark({ to: "suspend", selection }),
          },
          {
            key: "resume",
            label: say("resume"),
            permission: "accounts.write",
            run: (selection) => mark({ to: "resume", selection }),
          },
        ]}
        empty={
          <Empty title={say("empty")} action={create}>
            {say("emptyDo")}
          </Empty>
        }
      />
      <CreateAccount open={isCreating} onClose={() => setCreating(false)} />
      {marked && <Many marked={marked} onClose={() => mark(undefined)} />}
    </Page>
  );
}

function Many({ marked: { to, selection }, onClose }: { readonly marked: Marked; readonly onClose: () => void }) {
  const say = useWords(accountsWords);
  const shared = {
    selection,
    list: accounts.listAccounts,
    nameOf: ({ username }: Account) => username,
    title: (count: number) => say(to === "suspend" ? "suspendMany" : "resumeMany", { count }),
    submit: say(to),
    onClose,
  };
  if (to === "resume")
    return <BatchDialog {...shared} batch={staff.resumeAccounts} toItem={({ id }) => ({ accountId: id })} />;
  return (
    <BatchDialog
      {...shared}
      isDanger
      batch={staff.suspendAccounts}
      toItem={({ id }) => ({ accountId: id, reason: "suspended in the console" })}
    >
      <p>{say("suspendWhat")}</p>
    </BatchDialog>
  );
}

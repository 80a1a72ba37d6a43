import type { accounts, ReplyOf } from "@berth/api";
import type { Column } from "@berth/ui/list/types.ts";
import { StateTag } from "@berth/ui/states/state-tag.tsx";
import { Ago } from "@berth/ui/time/time.tsx";
import { useWords } from "@berth/ui/words/words.ts";
import { accountsWords } from "../../../i18n/areas.ts";

export type Account = ReplyOf<typeof accounts.listAccounts>["items"][number];

export function useAccountColumns(): Column<Account>[] {
  const say = useWords(accountsWords);
  const roleOf = useRoleName();
  return [
    { key: "username", title: say("username"), sort: "username", isFixed: true, cell: ({ username }) => username },
    {
      key: "state",
      title: say("state"),
      cell: ({ state, suspendedFor }) => (
        <StateTag of="account" state={state} hint={state === "suspended" ? (suspendedFor ?? undefined) : undefined} />
      ),
    },
    { key: "email", title: say("email"), cell: ({ email }) => <span className="wrap-any">{email}</span> },
    { key: "role", title: say("role"), cell: roleOf },
    { key: "created", title: say("created"), sort: "created", cell: ({ createdAt }) => <Ago at={createdAt} /> },
    { key: "id", title: say("id"), isHidden: true, cell: ({ id }) => <code>{id}</code> },
  ];
}

/** The role's name; of one that somebody made, that one's. */
export function useRoleName(): (account: Pick<Account, "role" | "customRole">) => string {
  const say = useWords(accountsWords);
  return ({ role, customRole }) => customRole?.name ?? say(`roles.${role}`);
}

import { staff } from "@berth/api";
import { useAct, useCall } from "@berth/ui/api/query.ts";
import { Detail, Figure, Figures, useTab } from "@berth/ui/detail/detail.tsx";
import { Loaded } from "@berth/ui/feedback/feedback.tsx";
import { toast } from "@berth/ui/feedback/toasts.tsx";
import { useParam } from "@berth/ui/frame/links.tsx";
import type { Choice } from "@berth/ui/frame/menu.tsx";
import { ActButton } from "@berth/ui/permission/act-button.tsx";
import { useMay } from "@berth/ui/permission/session.ts";
import { StateTag } from "@berth/ui/states/state-tag.tsx";
import { Moment } from "@berth/ui/time/time.tsx";
import { useWords } from "@berth/ui/words/words.ts";
import { type ReactNode, useState } from "react";
import { accountsWords } from "../../../i18n/areas.ts";
import { Events } from "../../../parts/events.tsx";
import { AccountLeases } from "./account-leases.tsx";
import { AccountOrders } from "./account-orders.tsx";
import type { Account } from "./account-type.ts";
import { AssignRole } from "./assign-role.tsx";
import { useRoleName } from "./columns.tsx";
import { RenameAccount } from "./rename-account.tsx";
import { SignIns } from "./sign-ins.tsx";
import { SuspendAccount } from "./suspend-account.tsx";

type Doing = "suspend" | "rename" | "role";

export default function AccountPage(): ReactNode {
  const accountId = useParam("accountId");
  const asked = useCall(staff.getAccount, { accountId: accountId as Account["id"] });
  return <Loaded of={asked}>{(account) => <AccountDetail account={account} />}</Loaded>;
}

function AccountDetail({ account }: { readonly account: Account }): ReactNode {
  const say = useWords(accountsWords);
  const [doing, setDoing] = useState<Doing>();
  const at = `/operator/accounts/${account.id}`;
  const tabs = useTabs();
  const tab = useTab(at, tabs);
  const close = () => setDoing(undefined);
  return (
    <Detail
      name={account.username}
      at={at}
      tabs={tabs}
      state={<StateTag of="account" state={account.state} />}
      why={account.state === "suspended" && say("why", { why: account.suspendedFor ?? "–" })}
      actions={<MainAction account={account} onSuspend={() => setDoing("suspend")} />}
      choices={useChoices(setDoing)}
      figures={<AccountFigures account={account} />}
    >
      {tab === "leases" && <AccountLeases accountId={account.id} />}
      {tab === "orders" && <AccountOrders accountId={account.id} />}
      {tab === "sign-ins" && <SignIns accountId={account.id} />}
      {tab === "events" && <Events of={{ accountId: account.id }} />}
      {doing === "suspend" && <SuspendAccount account={account} onClose={close} />}
      <RenameAccount account={account} open={doing === "rename"} onClose={close} />
      <AssignRole account={account} open={doing === "role"} onClose={close} />
    </Detail>
  );
}

function useTabs() {
  const say = useWords(accountsWords);
  const mayReadEvents = useMay("events.read");
  const keys = ["leases", "orders", "sign-ins", ...(mayReadEvents ? (["events"] as const) : [])] as const;
  return keys.map((key) => ({ key, label: say(`tabs.${key}`) }));
}

function useChoices(choose: (doing: Doing) => void): readonly Choice[] {
  const say = useWords(accountsWords);
  const mayWrite = useMay("accounts.write");
  const mayAssign = useMay("accounts.roles");
  const choices: Choice[] = [];
  if (mayWrite) choices.push({ key: "rename", label: say("rename"), onChoose: () => choose("rename") });
  if (mayAssign) choices.push({ key: "role", label: say("assignRole"), onChoose: () => choose("role") });
  return choices;
}

interface MainActionProps {
  readonly account: Account;
  readonly onSuspend: () => void;
}

function MainAction({ account: { id, username, state }, onSuspend }: MainActionProps): ReactNode {
  const say = useWords(accountsWords);
  const resume = useAct(staff.resumeAccount);
  const resumed = async () => {
    if (await resume.act({ accountId: id })) toast(say("resumed", { name: username }));
  };
  if (state === "suspended")
    return (
      <ActButton permission="accounts.write" primary loading={resume.isActing} onClick={() => void resumed()}>
        {say("resume")}
      </ActButton>
    );
  return (
    <ActButton
      permission="accounts.write"
      blocked={state === "closed" ? say("isClosed") : undefined}
      onClick={onSuspend}
    >
      {say("suspend")}
    </ActButton>
  );
}

function AccountFigures({ account }: { readonly account: Account }): ReactNode {
  const say = useWords(accountsWords);
  const roleOf = useRoleName();
  return (
    <Figures>
      <Figure label={say("email")}>
        <span className="wrap-any">{account.email}</span>
      </Figure>
      <Figure label={say("role")}>{roleOf(account)}</Figure>
      <Figure label={say("created")}>
        <Moment at={account.createdAt} />
      </Figure>
      <Figure label={say("id")}>
        <code className="wrap-any">{account.id}</code>
      </Figure>
    </Figures>
  );
}

import { accounts, type ReplyOf } from "@berth/api";
import { Empty } from "@berth/ui/feedback/feedback.tsx";
import { List } from "@berth/ui/list/list.tsx";
import type { Column } from "@berth/ui/list/types.ts";
import { Tag } from "@berth/ui/states/state-tag.tsx";
import { Moment } from "@berth/ui/time/time.tsx";
import { useWords } from "@berth/ui/words/words.ts";
import type { ReactNode } from "react";
import { accountsWords } from "../../../i18n/areas.ts";

type SignIn = ReplyOf<typeof accounts.listSignIns>["items"][number];

/** Where somebody came in, newest first. */
export function SignIns({ accountId }: { readonly accountId: string }): ReactNode {
  const say = useWords(accountsWords);
  const columns: Column<SignIn>[] = [
    { key: "at", title: say("signIns.at"), isFixed: true, cell: ({ at }) => <Moment at={at} /> },
    { key: "address", title: say("signIns.address"), cell: ({ address }) => <code>{address}</code> },
    { key: "ways", title: say("signIns.ways"), cell: ({ ways }) => ways.join(" · ") },
    {
      key: "place",
      title: say("signIns.place"),
      cell: ({ isNewPlace, place }) =>
        isNewPlace ? <Tag tone="care">{say("signIns.newPlace")}</Tag> : <span className="quiet">{place}</span>,
    },
    { key: "agent", title: say("signIns.agent"), cell: ({ agent }) => <span className="quiet">{agent}</span> },
  ];
  return (
    <List
      name="sign-ins"
      title={say("tabs.sign-ins")}
      route={accounts.listSignIns}
      fixed={{ accountId }}
      columns={columns}
      keyOf={({ id }) => id}
      nameOf={({ at }) => at}
      empty={<Empty title={say("noSignIns")} />}
    />
  );
}

import { history, type ReplyOf } from "@berth/api";
import { Empty } from "@berth/ui/feedback/feedback.tsx";
import { List } from "@berth/ui/list/list.tsx";
import type { Column } from "@berth/ui/list/types.ts";
import { Moment } from "@berth/ui/time/time.tsx";
import { useWords } from "@berth/ui/words/words.ts";
import type { ReactNode } from "react";
import { meWords } from "../../../i18n/areas.ts";
import { EventName } from "../../../parts/events.tsx";

type Happened = ReplyOf<typeof history.listMyHistory>["items"][number];

const kinds = ["leases", "orders", "sign-ins", "configurations", "account"] as const;

/** What happened to one's account, newest first. */
export function History(): ReactNode {
  const say = useWords(meWords);
  const columns: Column<Happened>[] = [
    { key: "name", title: say("what"), isFixed: true, cell: ({ name }) => <EventName name={name} /> },
    { key: "by", title: say("by"), cell: ({ by }) => say(`bys.${by}`) },
    { key: "address", title: say("from"), cell: ({ address }) => (address ? <code>{address}</code> : "–") },
    { key: "at", title: say("at"), cell: ({ at }) => <Moment at={at} /> },
  ];
  return (
    <List
      name="history"
      title={say("tabs.history")}
      route={history.listMyHistory}
      columns={columns}
      keyOf={({ id }) => id}
      nameOf={({ name }) => name}
      filters={[
        {
          name: "kind",
          label: say("kind"),
          kind: "choice",
          options: kinds.map((value) => ({ value, label: say(`kinds.${value}`) })),
        },
      ]}
      empty={<Empty title={say("noHistory")} />}
    />
  );
}

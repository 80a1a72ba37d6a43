import { configurations, type ReplyOf } from "@berth/api";
import { Empty } from "@berth/ui/feedback/feedback.tsx";
import { List } from "@berth/ui/list/list.tsx";
import type { Column } from "@berth/ui/list/types.ts";
import type { Lease } from "@berth/ui/offering/console-part.ts";
import { Tag } from "@berth/ui/states/state-tag.tsx";
import type { Tone } from "@berth/ui/states/tones.ts";
import { Moment } from "@berth/ui/time/time.tsx";
import { findWord, useWords } from "@berth/ui/words/words.ts";
import type { ReactNode } from "react";
import { derpWords } from "./derp-words.ts";

type Logged = ReplyOf<typeof configurations.listConfigurationLog>["items"][number];

const tones: Readonly<Record<Logged["what"], Tone>> = {
  made: "busy",
  fetched: "good",
  unchanged: "over",
  refused: "bad",
};
const whats = Object.keys(tones) as Logged["what"][];

/** Who fetched this lease's configuration, when, from where and with what; and when it was made. */
export default function DownloadLog({ lease }: { readonly lease: Lease }): ReactNode {
  const say = useWords(derpWords);
  const columns = useColumns();
  return (
    <List
      name="configuration-log"
      title={say("tabs.log")}
      route={configurations.listConfigurationLog}
      fixed={{ leaseId: lease.id }}
      columns={columns}
      keyOf={({ id }) => id}
      nameOf={({ at }) => at}
      filters={[
        {
          name: "what",
          label: say("log.what"),
          kind: "choice",
          options: whats.map((value) => ({ value, label: say(`log.whats.${value}`) })),
        },
        { name: "from", label: say("log.from"), kind: "date" },
        { name: "to", label: say("log.to"), kind: "date" },
      ]}
      empty={<Empty title={say("log.empty")}>{say("log.emptyDo")}</Empty>}
    />
  );
}

function useColumns(): Column<Logged>[] {
  const say = useWords(derpWords);
  return [
    { key: "at", title: say("log.at"), sort: "at", isFixed: true, cell: ({ at }) => <Moment at={at} /> },
    {
      key: "state",
      title: say("log.what"),
      cell: ({ what }) => <Tag tone={tones[what]}>{say(`log.whats.${what}`)}</Tag>,
    },
    {
      key: "address",
      title: say("log.address"),
      cell: ({ address, location }) => (
        <>
          {address ? <code className="wrap-any">{address}</code> : "–"}
          {location && <span className="quiet"> {location}</span>}
        </>
      ),
    },
    {
      key: "program",
      title: say("log.program"),
      cell: ({ program, userAgent }) => <span title={userAgent ?? undefined}>{program ?? "–"}</span>,
    },
    { key: "form", title: say("log.form"), cell: ({ form }) => (form && findWord(derpWords, form)) ?? "–" },
    { key: "version", title: say("log.version"), isFigure: true, cell: ({ version }) => version },
    { key: "id", title: say("log.id"), isHidden: true, cell: ({ id }) => <code>{id}</code> },
  ];
}

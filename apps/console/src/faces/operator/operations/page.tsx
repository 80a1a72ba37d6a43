import { operations, type ReplyOf } from "@berth/api";
import { Empty } from "@berth/ui/feedback/feedback.tsx";
import { useQuery } from "@berth/ui/frame/links.tsx";
import { Page } from "@berth/ui/frame/page.tsx";
import { List } from "@berth/ui/list/list.tsx";
import type { Column } from "@berth/ui/list/types.ts";
import { Tag } from "@berth/ui/states/state-tag.tsx";
import { Ago } from "@berth/ui/time/time.tsx";
import { useWords } from "@berth/ui/words/words.ts";
import type { ReactNode } from "react";
import { operationsWords } from "../../../i18n/areas.ts";

type Operation = ReplyOf<typeof operations.listOperations>["items"][number];

const kinds = [
  "node.probe",
  "relay.restart",
  "agent.restart",
  "logs.tail",
  "instance.status",
  "instance.restart",
  "instance.logs",
] as const;

/** What was done once on nodes and instances, with its result per target. One opens in the drawer of its own. */
export default function Operations(): ReactNode {
  const say = useWords(operationsWords);
  const [, change] = useQuery();
  return (
    <Page title={say("title")}>
      <List
        name="operations"
        title={say("title")}
        route={operations.listOperations}
        columns={useColumns((id) => change({ open: id }))}
        keyOf={({ id }) => id}
        nameOf={({ kind }) => say(`kinds.${kind}`)}
        filters={[
          {
            name: "state",
            label: say("state"),
            kind: "choice",
            options: (["open", "ended", "failed"] as const).map((value) => ({ value, label: say(`states.${value}`) })),
          },
          {
            name: "kind",
            label: say("what"),
            kind: "choice",
            options: kinds.map((value) => ({ value, label: say(`kinds.${value}`) })),
          },
        ]}
        empty={<Empty title={say("empty")}>{say("emptyDo")}</Empty>}
      />
    </Page>
  );
}

function useColumns(open: (id: string) => void): Column<Operation>[] {
  const say = useWords(operationsWords);
  return [
    {
      key: "kind",
      title: say("what"),
      isFixed: true,
      cell: ({ id, kind }) => (
        <button type="button" className="operation-open" onClick={() => open(id)}>
          {say(`kinds.${kind}`)}
        </button>
      ),
    },
    { key: "state", title: say("state"), cell: (operation) => <State operation={operation} /> },
    {
      key: "items",
      title: say("targets"),
      isFigure: true,
      cell: ({ ended, items }) => say("endedOf", { ended, items }),
    },
    { key: "created", title: say("begun"), cell: ({ createdAt }) => <Ago at={createdAt} /> },
    { key: "madeBy", title: say("madeBy"), cell: ({ madeBy }) => <code title={madeBy}>…{madeBy.slice(-8)}</code> },
    { key: "id", title: say("id"), isHidden: true, cell: ({ id }) => <code>{id}</code> },
  ];
}

function State({ operation: { ended, items, failed } }: { readonly operation: Operation }): ReactNode {
  const say = useWords(operationsWords);
  if (failed > 0) return <Tag tone="bad">{say("failedOf", { count: failed })}</Tag>;
  return ended < items ? <Tag tone="busy">{say("states.open")}</Tag> : <Tag tone="good">{say("states.ended")}</Tag>;
}

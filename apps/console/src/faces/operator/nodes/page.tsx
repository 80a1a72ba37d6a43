import { fleet } from "@berth/api";
import { useAct } from "@berth/ui/api/query.ts";
import { Empty } from "@berth/ui/feedback/feedback.tsx";
import { toast } from "@berth/ui/feedback/toasts.tsx";
import type { Choice } from "@berth/ui/frame/menu.tsx";
import { Page } from "@berth/ui/frame/page.tsx";
import { List } from "@berth/ui/list/list.tsx";
import type { Selection } from "@berth/ui/list/types.ts";
import { BatchDialog } from "@berth/ui/operation/batch-dialog.tsx";
import { ActButton } from "@berth/ui/permission/act-button.tsx";
import { useMay } from "@berth/ui/permission/session.ts";
import { useUi } from "@berth/ui/words/ui-words.ts";
import { useWords } from "@berth/ui/words/words.ts";
import { type ReactNode, useState } from "react";
import { nodeWords } from "../../../i18n/areas.ts";
import { AddNode } from "./add-node.tsx";
import { useNodeColumns } from "./columns.tsx";
import type { ListedNode } from "./node-type.ts";
import { SshJoin } from "./ssh-join.tsx";

const states = ["joining", "online", "offline", "cordoned", "removed"] as const;

export default function Nodes(): ReactNode {
  const say = useWords(nodeWords);
  const ui = useUi();
  const [isAdding, setAdding] = useState(false);
  const [bySsh, setBySsh] = useState(false);
  const [marked, mark] = useState<Selection<ListedNode>>();
  const columns = useNodeColumns();
  const actions = useNodeActions();
  const add = (
    <ActButton permission="nodes.write" primary onClick={() => setAdding(true)}>
      {say("add")}
    </ActButton>
  );
  return (
    <Page
      title={say("title")}
      action={
        <>
          <ActButton permission="nodes.write" onClick={() => setBySsh(true)}>
            {say("ssh.title")}
          </ActButton>
          {add}
        </>
      }
    >
      <List
        name="nodes"
        title={say("title")}
        route={fleet.listNodes}
        counts={fleet.countNodes}
        columns={columns}
        keyOf={({ id }) => id}
        nameOf={({ name }) => name}
        hrefOf={({ id }) => `/operator/nodes/${id}`}
        states={states.map((value) => ({ value, label: ui(`states.node.${value}`) }))}
        search={say("search")}
        filters={[{ name: "region", label: say("region") }]}
        views={[
          { name: say("views.offline"), query: "state=offline" },
          { name: say("views.cordoned"), query: "state=cordoned" },
        ]}
        actions={actions}
        bulk={[{ key: "cordon", label: say("cordon"), permission: "nodes.write", run: mark }]}
        empty={<Empty title={say("empty")}>{say("emptyDo")}</Empty>}
      />
      <SshJoin open={bySsh} onClose={() => setBySsh(false)} />
      <AddNode open={isAdding} onClose={() => setAdding(false)} />
      {marked && (
        <BatchDialog
          title={() => say("cordon")}
          submit={say("cordon")}
          selection={marked}
          list={fleet.listNodes}
          batch={fleet.cordonNodes}
          toItem={({ id }) => ({ nodeId: id })}
          nameOf={({ name }) => name}
          onClose={() => mark(undefined)}
        >
          <p>{marked.rows.map(({ name }) => name).join(" · ")}</p>
        </BatchDialog>
      )}
    </Page>
  );
}

/** What a row's ⋯ does. Reversible: it is done at once, and can be undone. */
function useNodeActions(): (node: ListedNode) => readonly Choice[] {
  const say = useWords(nodeWords);
  const mayWrite = useMay("nodes.write");
  const cordon = useAct(fleet.cordonNode);
  const uncordon = useAct(fleet.uncordonNode);
  if (!mayWrite) return () => [];
  const stop = async ({ id, name }: ListedNode) => {
    if (await cordon.act({ nodeId: id })) toast(say("cordoned", { name }), () => void uncordon.act({ nodeId: id }));
  };
  const resume = async ({ id, name }: ListedNode) => {
    if (await uncordon.act({ nodeId: id })) toast(say("uncordoned", { name }), () => void cordon.act({ nodeId: id }));
  };
  return (node) =>
    node.state === "cordoned"
      ? [{ key: "uncordon", label: say("uncordon"), onChoose: () => void resume(node) }]
      : [
          {
            key: "cordon",
            label: say("cordon"),
            blocked: node.state === "removed" ? say("gone") : undefined,
            onChoose: () => void stop(node),
          },
        ];
}

import { leases, type ReplyOf } from "@berth/api";
import { Empty } from "@berth/ui/feedback/feedback.tsx";
import { List } from "@berth/ui/list/list.tsx";
import type { Column } from "@berth/ui/list/types.ts";
import { Traffic } from "@berth/ui/numbers/numbers.tsx";
import { StateTag } from "@berth/ui/states/state-tag.tsx";
import { instanceState, leaseState } from "@berth/ui/states/tones.ts";
import { now } from "@berth/ui/time/clock.ts";
import { useUi } from "@berth/ui/words/ui-words.ts";
import { useWords } from "@berth/ui/words/words.ts";
import type { ReactNode } from "react";
import { nodeWords } from "../../../i18n/areas.ts";
import type { Node } from "./node-type.ts";

type Lease = ReplyOf<typeof leases.listLeases>["items"][number];

/** Leases with what they have on this node. */
export function NodeInstances({ node }: { readonly node: Node }): ReactNode {
  const say = useWords(nodeWords);
  return (
    <List
      name="node-leases"
      title={say("leasesHere")}
      route={leases.listLeases}
      fixed={{ nodeId: node.id }}
      columns={useColumns(node)}
      keyOf={({ id }) => id}
      nameOf={({ planName }) => planName}
      hrefOf={({ id }) => `/operator/leases/${id}`}
      empty={<Empty title={say("noLeases")} />}
    />
  );
}

function useColumns(node: Node): Column<Lease>[] {
  const say = useWords(nodeWords);
  const ui = useUi();
  const own = ({ instances }: Lease) => instances.find(({ nodeId }) => nodeId === node.id);
  return [
    { key: "plan", title: say("plan"), isFixed: true, cell: ({ planName }) => planName },
    {
      key: "lease",
      title: say("lease"),
      cell: ({ state, until }) => <StateTag of="lease" state={leaseState(state, until, now())} />,
    },
    {
      key: "state",
      title: say("one"),
      cell: (lease) => {
        const instance = own(lease);
        if (!instance) return "–";
        const state = instanceState(instance.phase, instance.nodeState);
        const last = ui("lastKnown", { what: ui(`states.instance.${instance.phase}`) });
        return <StateTag of="instance" state={state} hint={state === "unknown" ? last : undefined} />;
      },
    },
    { key: "port", title: say("port"), isFigure: true, cell: (lease) => own(lease)?.port ?? "–" },
    {
      key: "used",
      title: say("used"),
      isFigure: true,
      cell: (lease) => <Traffic bytes={own(lease)?.usedBytes ?? "0"} />,
    },
  ];
}

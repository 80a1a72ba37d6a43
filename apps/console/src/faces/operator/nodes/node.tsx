import { fleet } from "@berth/api";
import { useAct, useCall } from "@berth/ui/api/query.ts";
import { Detail, useTab } from "@berth/ui/detail/detail.tsx";
import { Loaded } from "@berth/ui/feedback/feedback.tsx";
import { toast } from "@berth/ui/feedback/toasts.tsx";
import { useParam } from "@berth/ui/frame/links.tsx";
import type { Choice } from "@berth/ui/frame/menu.tsx";
import { ActButton } from "@berth/ui/permission/act-button.tsx";
import { useMay } from "@berth/ui/permission/session.ts";
import { StateTag } from "@berth/ui/states/state-tag.tsx";
import { now } from "@berth/ui/time/clock.ts";
import { toSpan } from "@berth/ui/time/format.ts";
import { saySpan } from "@berth/ui/time/time.tsx";
import { useUi } from "@berth/ui/words/ui-words.ts";
import { useWords } from "@berth/ui/words/words.ts";
import { type ReactNode, useState } from "react";
import { nodeWords } from "../../../i18n/areas.ts";
import { Events } from "../../../parts/events.tsx";
import { NodeCharts } from "./charts.tsx";
import { Configuration } from "./configuration.tsx";
import { NodeFigures } from "./figures.tsx";
import { NodeInstances } from "./instances.tsx";
import type { Node } from "./node-type.ts";
import { useNodeOperations } from "./operate.ts";
import { Reachability } from "./reachability.tsx";
import { RevokeNode } from "./revoke-node.tsx";

export default function NodePage(): ReactNode {
  const nodeId = useParam("nodeId");
  const asked = useCall(fleet.getNode, { nodeId: nodeId as Node["id"] });
  return <Loaded of={asked}>{(node) => <NodeDetail node={node} />}</Loaded>;
}

function NodeDetail({ node }: { readonly node: Node }): ReactNode {
  const say = useWords(nodeWords);
  const mayRevoke = useMay("nodes.write");
  const operate = useNodeOperations(node);
  const [isRevoking, setRevoking] = useState(false);
  const at = `/operator/nodes/${node.id}`;
  const tabs = (["instances", "charts", "reachability", "configuration", "events"] as const).map((key) => ({
    key,
    label: say(`tabs.${key}`),
  }));
  const tab = useTab(at, tabs);
  const revoke: Choice = {
    key: "revoke",
    label: say("revoke"),
    danger: true,
    blocked: node.state === "removed" ? say("gone") : undefined,
    onChoose: () => setRevoking(true),
  };
  return (
    <Detail
      name={node.name}
      at={at}
      tabs={tabs}
      state={<StateTag of="node" state={node.state} />}
      why={whyOf(node) && <Why node={node} />}
      actions={<CordonButton node={node} />}
      choices={mayRevoke ? [...operate, revoke] : []}
      figures={<NodeFigures node={node} />}
    >
      {tab === "instances" && <NodeInstances node={node} />}
      {tab === "charts" && <NodeCharts node={node} />}
      {tab === "reachability" && <Reachability node={node} />}
      {tab === "configuration" && <Configuration node={node} />}
      {tab === "events" && <Events of={{ nodeId: node.id }} />}
      {isRevoking && <RevokeNode node={node} onClose={() => setRevoking(false)} />}
    </Detail>
  );
}

function whyOf({ state, revision, heldRevision }: Node): "offline" | "behind" | undefined {
  if (state === "offline") return "offline";
  return state !== "removed" && BigInt(heldRevision) < BigInt(revision) ? "behind" : undefined;
}

/** Why it is not well, and what happens next. */
function Why({ node }: { readonly node: Node }): ReactNode {
  const say = useWords(nodeWords);
  const ui = useUi();
  if (whyOf(node) === "behind") return <p>{say("behind", { held: node.heldRevision, wanted: node.revision })}</p>;
  if (!node.lastSeenAt) return <p>{say("neverSeenWhy")}</p>;
  const span = saySpan(ui, toSpan(now() - Date.parse(node.lastSeenAt), Math.floor));
  return (
    <>
      <p>{say("offlineWhy", { span })}</p>
      <p className="quiet">{say("offlineDo")}</p>
    </>
  );
}

function CordonButton({ node: { id, name, state } }: { readonly node: Node }): ReactNode {
  const say = useWords(nodeWords);
  const isCordoned = state === "cordoned";
  const change = useAct(isCordoned ? fleet.uncordonNode : fleet.cordonNode);
  const back = useAct(isCordoned ? fleet.cordonNode : fleet.uncordonNode);
  const act = async () => {
    const done = say(isCordoned ? "uncordoned" : "cordoned", { name });
    if (await change.act({ nodeId: id })) toast(done, () => void back.act({ nodeId: id }));
  };
  return (
    <ActButton
      permission="nodes.write"
      loading={change.isActing}
      blocked={state === "removed" ? say("gone") : undefined}
      onClick={() => void act()}
    >
      {say(isCordoned ? "uncordon" : "cordon")}
    </ActButton>
  );
}

import { Empty } from "@berth/ui/feedback/feedback.tsx";
import { AppLink } from "@berth/ui/frame/links.tsx";
import { Panel } from "@berth/ui/frame/page.tsx";
import { Traffic } from "@berth/ui/numbers/numbers.tsx";
import { StateTag } from "@berth/ui/states/state-tag.tsx";
import { instanceState } from "@berth/ui/states/tones.ts";
import { uiWords, useUi } from "@berth/ui/words/ui-words.ts";
import { findWord, useWords } from "@berth/ui/words/words.ts";
import type { ReactNode } from "react";
import { leasesWords } from "../../../i18n/areas.ts";
import type { Lease } from "./lease-type.ts";
import "./instances.css";

type Instance = Lease["instances"][number];

/** Where the lease runs, and why there. */
export function LeaseInstances({ lease: { instances } }: { readonly lease: Lease }): ReactNode {
  const say = useWords(leasesWords);
  return (
    <Panel title={say("tabs.instances")}>
      {instances.length === 0 ? (
        <Empty title={say("noInstances")}>{say("noInstancesDo")}</Empty>
      ) : (
        <ul className="instance-rows">
          {instances.map((instance) => (
            <InstanceRow key={instance.id} instance={instance} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

function InstanceRow({ instance }: { readonly instance: Instance }): ReactNode {
  const ui = useUi();
  const say = useWords(leasesWords);
  const { nodeId, nodeName, nodeState, region, address, port, phase, phaseReason, usedBytes, generation } = instance;
  const state = instanceState(phase, nodeState);
  const last = ui("lastKnown", { what: ui(`states.instance.${phase}`) });
  const why = phaseReason ? (findWord(uiWords, `states.phaseReason.${phaseReason}`) ?? phaseReason) : undefined;
  const host = address?.includes(":") ? `[${address}]` : address;
  return (
    <li>
      <div className="instance-node">
        <AppLink to={`/operator/nodes/${nodeId}`}>{nodeName}</AppLink>
        <span className="quiet">{region}</span>
      </div>
      <StateTag
        of="instance"
        state={state}
        why={state === "failed" ? why : undefined}
        hint={state === "unknown" ? last : undefined}
      />
      <code>{host && port ? `${host}:${port}` : "–"}</code>
      <Traffic bytes={usedBytes} />
      <details>
        <summary>{say("whyHere", { generation })}</summary>
        <Reasons placement={instance.placement} />
      </details>
    </li>
  );
}

/** What placing knew when it chose this node. */
function Reasons({ placement }: { readonly placement: Instance["placement"] }): ReactNode {
  const say = useWords(leasesWords);
  const known = Object.entries(placement);
  if (known.length === 0) return <p className="quiet">{say("noReasons")}</p>;
  return (
    <dl className="facts">
      {known.map(([name, value]) => (
        <div key={name}>
          <dt>{findWord(leasesWords, `placement.${name}`) ?? name}</dt>
          <dd>{typeof value === "object" ? JSON.stringify(value) : String(value)}</dd>
        </div>
      ))}
    </dl>
  );
}

import { Empty } from "@berth/ui/feedback/feedback.tsx";
import { Panel } from "@berth/ui/frame/page.tsx";
import type { Lease } from "@berth/ui/offering/console-part.ts";
import { StateTag } from "@berth/ui/states/state-tag.tsx";
import { instanceState } from "@berth/ui/states/tones.ts";
import { uiWords, useUi } from "@berth/ui/words/ui-words.ts";
import { findWord, useWords } from "@berth/ui/words/words.ts";
import type { ReactNode } from "react";
import { derpWords } from "./derp-words.ts";

type Instance = Lease["instances"][number];

export function Relays({ instances }: { readonly instances: readonly Instance[] }): ReactNode {
  const say = useWords(derpWords);
  return (
    <Panel title={say("relays")}>
      {instances.length === 0 ? (
        <Empty title={say("noRelays")}>{say("noRelaysDo")}</Empty>
      ) : (
        <ul className="derp-rows">
          {instances.map((instance) => (
            <RelayRow key={instance.id} instance={instance} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

function RelayRow({ instance }: { readonly instance: Instance }): ReactNode {
  const ui = useUi();
  const { nodeName, region, address, port, phase, phaseReason, nodeState } = instance;
  const state = instanceState(phase, nodeState);
  const why = phaseReason ? (findWord(uiWords, `states.phaseReason.${phaseReason}`) ?? phaseReason) : undefined;
  const last = ui("lastKnown", { what: ui(`states.instance.${phase}`) });
  const host = address?.includes(":") ? `[${address}]` : address;
  return (
    <li>
      <div className="derp-row-text">
        <strong>{nodeName}</strong>
        <span className="quiet">{region}</span>
      </div>
      <StateTag
        of="instance"
        state={state}
        why={state === "failed" ? why : undefined}
        hint={state === "unknown" ? last : undefined}
      />
      <code>{host && port ? `${host}:${port}` : "–"}</code>
    </li>
  );
}

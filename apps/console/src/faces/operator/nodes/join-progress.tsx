import { fleet, type ReplyOf } from "@berth/api";
import { useCall } from "@berth/ui/api/query.ts";
import { AppLink } from "@berth/ui/frame/links.tsx";
import { Tag } from "@berth/ui/states/state-tag.tsx";
import type { Tone } from "@berth/ui/states/tones.ts";
import { useWords } from "@berth/ui/words/words.ts";
import type { ReactNode } from "react";
import { nodeWords } from "../../../i18n/areas.ts";

type JoinToken = ReplyOf<typeof fleet.getJoinToken>;

const tones: Readonly<Record<JoinToken["step"], Tone>> = {
  waiting: "busy",
  enrolled: "busy",
  connected: "busy",
  not_reachable: "care",
  ready: "good",
  offline: "bad",
  removed: "over",
  over: "over",
};

/** How far the server has come that was given a token. */
export function JoinProgress({ joinTokenId }: { readonly joinTokenId: JoinToken["id"] }): ReactNode {
  const say = useWords(nodeWords);
  const { data } = useCall(fleet.getJoinToken, { joinTokenId }, { everyMs: 2_000, keep: true });
  const step = data?.step ?? "waiting";
  return (
    <p className="row" role="status">
      <Tag tone={tones[step]}>{say(`joining.${step}`)}</Tag>
      {data?.nodeId && (
        <AppLink to={`/operator/nodes/${data.nodeId}${step === "not_reachable" ? "/reachability" : ""}`}>
          {data.nodeName ?? data.nodeId}
        </AppLink>
      )}
    </p>
  );
}

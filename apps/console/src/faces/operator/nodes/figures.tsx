import { Figure, Figures } from "@berth/ui/detail/detail.tsx";
import { toGb, toGib, toMbps, toPercent } from "@berth/ui/numbers/format.ts";
import { QuotaBar, Traffic } from "@berth/ui/numbers/numbers.tsx";
import { toClock } from "@berth/ui/time/format.ts";
import { Ago } from "@berth/ui/time/time.tsx";
import { useLanguage, useWords } from "@berth/ui/words/words.ts";
import type { ReactNode } from "react";
import { nodeWords } from "../../../i18n/areas.ts";
import type { Node } from "./node-type.ts";

export function NodeFigures({ node }: { readonly node: Node }): ReactNode {
  const say = useWords(nodeWords);
  const language = useLanguage();
  const { loadPerCore, memoryBytes, memoryUsedBytes, servedBytesPerSecond, traffic } = node;
  // What a node that is away said last is no figure of now.
  const asOf =
    node.state === "offline" && node.lastSeenAt ? say("asOf", { at: toClock(new Date(node.lastSeenAt)) }) : "";
  return (
    <Figures>
      <Figure label={say("instances")}>
        {say("instancesOf", { count: node.instances, most: node.instancesMost })}
        <QuotaBar used={node.instances} all={node.instancesMost} />
      </Figure>
      <Figure label={say("load")} more={asOf}>
        {loadPerCore === null ? "–" : toPercent(loadPerCore, language)}
      </Figure>
      <Figure label={say("memory")} more={asOf || (memoryBytes && say("of", { all: toGib(memoryBytes, language) }))}>
        {memoryUsedBytes === null ? "–" : toGib(memoryUsedBytes, language)}
      </Figure>
      <Figure label={say("rate")} more={asOf}>
        {servedBytesPerSecond === null ? "–" : toMbps(servedBytesPerSecond * 8, language)}
      </Figure>
      <Figure label={say("month")} more={traffic.mostBytes && say("of", { all: toGb(traffic.mostBytes, language) })}>
        <Traffic bytes={traffic.usedBytes} />
      </Figure>
      <Figure label={say("lastSeen")}>{node.lastSeenAt ? <Ago at={node.lastSeenAt} /> : say("never")}</Figure>
    </Figures>
  );
}

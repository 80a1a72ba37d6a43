import { Panel } from "@berth/ui/frame/page.tsx";
import { Moment } from "@berth/ui/time/time.tsx";
import { useWords } from "@berth/ui/words/words.ts";
import type { ReactNode } from "react";
import { nodeWords } from "../../../i18n/areas.ts";
import type { Node } from "./node-type.ts";

/** What the node was told, and how it is reached. */
export function Configuration({ node }: { readonly node: Node }): ReactNode {
  const say = useWords(nodeWords);
  const lines: [label: string, value: ReactNode][] = [
    [say("id"), <code key="id">{node.id}</code>],
    [say("region"), node.region || "–"],
    [say("capabilities"), <code key="addresses">{node.addresses.join(" · ") || "–"}</code>],
    [say("version"), node.version ?? "–"],
    [say("revision"), `${node.heldRevision} / ${node.revision}`],
    [say("joined"), <Moment key="joined" at={node.joinedAt} />],
  ];
  return (
    <Panel title={say("tabs.configuration")}>
      <dl className="facts">
        {lines.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}

import { operations } from "@berth/api";
import { useAct } from "@berth/ui/api/query.ts";
import { useQuery } from "@berth/ui/frame/links.tsx";
import type { Choice } from "@berth/ui/frame/menu.tsx";
import { useMay } from "@berth/ui/permission/session.ts";
import { useWords } from "@berth/ui/words/words.ts";
import { nodeWords } from "../../../i18n/areas.ts";
import type { Node } from "./node-type.ts";

const kinds = ["node.probe", "logs.tail", "relay.restart", "agent.restart"] as const;

/** What is done once on a node. Its operation opens at once, with what the node answers. */
export function useNodeOperations({ id, state }: Node): readonly Choice[] {
  const say = useWords(nodeWords);
  const mayWrite = useMay("nodes.write");
  const [, change] = useQuery();
  const start = useAct(operations.startOperation, { onDone: (operation) => change({ open: operation.id }) });
  if (!mayWrite) return [];
  const blocked = state === "removed" ? say("gone") : state === "offline" ? say("isOffline") : undefined;
  return kinds.map((kind) => ({
    key: kind,
    label: say(`operate.${kind.replace(".", "_") as "node_probe"}`),
    blocked,
    onChoose: () => void start.act({ kind, nodeIds: [id] }),
  }));
}

import type { Column } from "@berth/ui/list/types.ts";
import { toGib, toPercent } from "@berth/ui/numbers/format.ts";
import { StateTag } from "@berth/ui/states/state-tag.tsx";
import { Ago } from "@berth/ui/time/time.tsx";
import { useLanguage, useWords } from "@berth/ui/words/words.ts";
import { nodeWords } from "../../../i18n/areas.ts";
import type { ListedNode } from "./node-type.ts";

export function useNodeColumns(): Column<ListedNode>[] {
  const say = useWords(nodeWords);
  const language = useLanguage();
  return [
    { key: "name", title: say("name"), sort: "name", isFixed: true, cell: ({ name }) => name },
    { key: "state", title: say("state"), cell: ({ state }) => <StateTag of="node" state={state} /> },
    { key: "region", title: say("region"), sort: "region", cell: ({ region }) => region || "–" },
    {
      key: "instances",
      title: say("instances"),
      sort: "instances",
      isFigure: true,
      cell: ({ instances, instancesMost }) => say("instancesOf", { count: instances, most: instancesMost }),
    },
    {
      key: "load",
      title: say("load"),
      sort: "load",
      isFigure: true,
      cell: ({ loadPerCore }) => (loadPerCore === null ? "–" : toPercent(loadPerCore, language)),
    },
    {
      key: "memory",
      title: say("memory"),
      isFigure: true,
      cell: ({ memoryBytes, memoryUsedBytes }) =>
        memoryBytes === null || memoryUsedBytes === null
          ? "–"
          : say("memoryOf", { used: toGib(memoryUsedBytes, language), all: toGib(memoryBytes, language) }),
    },
    {
      key: "lastSeen",
      title: say("lastSeen"),
      sort: "lastSeen",
      cell: ({ lastSeenAt }) => (lastSeenAt ? <Ago at={lastSeenAt} /> : say("never")),
    },
    { key: "version", title: say("version"), cell: ({ version }) => version ?? "–" },
    {
      key: "joined",
      title: say("joined"),
      sort: "joined",
      isHidden: true,
      cell: ({ joinedAt }) => <Ago at={joinedAt} />,
    },
    { key: "id", title: say("id"), isHidden: true, cell: ({ id }) => <code>{id}</code> },
  ];
}

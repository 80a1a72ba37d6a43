import type { audit, ReplyOf } from "@berth/api";
import type { Column } from "@berth/ui/list/types.ts";
import { Moment } from "@berth/ui/time/time.tsx";
import { useWords } from "@berth/ui/words/words.ts";
import type { ReactNode } from "react";
import { auditWords } from "../../../i18n/areas.ts";
import { ActorName, EventName } from "../../../parts/events.tsx";

export type Event = ReplyOf<typeof audit.listEvents>["items"][number];

export function useEventColumns(open: (event: Event) => void): Column<Event>[] {
  const say = useWords(auditWords);
  return [
    {
      key: "name",
      title: say("what"),
      isFixed: true,
      cell: (event) => (
        <button type="button" className="event-open" onClick={() => open(event)}>
          <EventName name={event.name} />
        </button>
      ),
    },
    { key: "actor", title: say("actor"), cell: ({ actor }) => <ActorName actor={actor} /> },
    { key: "about", title: say("about"), cell: (event) => <About event={event} /> },
    { key: "at", title: say("at"), sort: "at", cell: ({ at }) => <Moment at={at} /> },
    { key: "position", title: say("position"), isFigure: true, cell: ({ position }) => position ?? say("unsealed") },
    { key: "id", title: say("id"), isHidden: true, cell: ({ id }) => <code>{id}</code> },
  ];
}

/** The object that it happened to: the one that says most. */
function About({ event: { leaseId, nodeId, accountId } }: { readonly event: Event }): ReactNode {
  const id = leaseId ?? nodeId ?? accountId;
  if (!id) return "–";
  const kind = id.split("_")[0];
  return (
    <code title={id}>
      {kind} …{id.slice(-8)}
    </code>
  );
}

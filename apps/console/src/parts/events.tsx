import { audit, type ReplyOf } from "@berth/api";
import { useCall } from "@berth/ui/api/query.ts";
import { Empty, Loaded } from "@berth/ui/feedback/feedback.tsx";
import { Ago } from "@berth/ui/time/time.tsx";
import { findWord, useLanguage, useWords } from "@berth/ui/words/words.ts";
import type { ReactNode } from "react";
import { eventWords } from "../i18n/areas.ts";
import "./events.css";

type Event = ReplyOf<typeof audit.listEvents>["items"][number];

/** An event in words. */
export function EventName({ name }: { readonly name: string }): ReactNode {
  useLanguage();
  const said = findWord(eventWords, `names.${name}`);
  return said === undefined ? <code>{name}</code> : <span title={name}>{said}</span>;
}

export function ActorName({ actor }: { readonly actor: string }): ReactNode {
  const say = useWords(eventWords);
  if (actor === "anonymous") return say("anonymous");
  if (actor.startsWith("system") || !actor.includes("_")) return <span title={actor}>{say("system")}</span>;
  return <code title={actor}>…{actor.slice(-6)}</code>;
}

interface EventsProps {
  /** Of what these are: `{ nodeId }`, `{ leaseId }`, `{ accountId }`. */
  readonly of: { readonly nodeId?: string; readonly leaseId?: string; readonly accountId?: string };
}

/** What happened to one object, newest first. The last tab of every detail. */
export function Events({ of }: EventsProps): ReactNode {
  const asked = useCall(audit.listEvents, { ...of, limit: 50 });
  return <Loaded of={asked}>{({ items }) => <EventLines items={items} />}</Loaded>;
}

export function EventLines({ items }: { readonly items: readonly Event[] }): ReactNode {
  const say = useWords(eventWords);
  if (items.length === 0) return <Empty title={say("empty")}>{say("emptyDo")}</Empty>;
  return (
    <ol className="event-lines">
      {items.map(({ id, name, at, actor }) => (
        <li key={id}>
          <span className="event-what">
            <EventName name={name} />
          </span>
          <span className="quiet">
            <ActorName actor={actor} />
          </span>
          <span className="event-at">
            <Ago at={at} />
          </span>
        </li>
      ))}
    </ol>
  );
}

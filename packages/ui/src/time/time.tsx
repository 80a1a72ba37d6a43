import { Tooltip } from "antd";
import { type ReactNode, useSyncExternalStore } from "react";
import { useUi } from "../words/ui-words.ts";
import type { Say } from "../words/words.ts";
import type zh from "../words/zh-CN.ts";
import { now } from "./clock.ts";
import { dayMs, type Span, toDate, toMoment, toSpan, zone } from "./format.ts";

/** One clock for all relative times on the page; it rests while nobody looks. */
const listeners = new Set<() => void>();
let tick = 0;
setInterval(() => {
  if (document.hidden) return;
  tick++;
  for (const listener of listeners) listener();
}, 10_000);

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

export function useTick(): number {
  return useSyncExternalStore(subscribe, () => tick);
}

export function saySpan(say: Say<typeof zh>, [unit, count]: Span): string {
  return say(`time.${unit}`, { count });
}

/** A moment that is past: under a day how long ago, else when; the other one for whoever points at it. */
export function Ago({ at }: { readonly at: string }): ReactNode {
  const say = useUi();
  useTick();
  const date = new Date(at);
  const gone = Math.max(0, now() - date.getTime());
  const said = gone < 2_000 ? say("time.now") : say("time.ago", { span: saySpan(say, toSpan(gone, Math.floor)) });
  return <When at={at}>{gone < dayMs ? said : toMoment(date)}</When>;
}

/** A moment that is to come: how long until then, and when. */
export function Deadline({ at }: { readonly at: string }): ReactNode {
  const say = useUi();
  useTick();
  const date = new Date(at);
  const span = saySpan(say, toSpan(Math.max(0, date.getTime() - now())));
  return (
    <When at={at}>
      {span} <span className="quiet">({toDate(date)})</span>
    </When>
  );
}

/** A moment as such. */
export function Moment({ at }: { readonly at: string }): ReactNode {
  return <When at={at}>{toMoment(new Date(at))}</When>;
}

function When({ at, children }: { readonly at: string; readonly children: ReactNode }): ReactNode {
  const date = new Date(at);
  return (
    <Tooltip title={`${toMoment(date)} ${zone(date)}`}>
      <time dateTime={at} className="figure">
        {children}
      </time>
    </Tooltip>
  );
}

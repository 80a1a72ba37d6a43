import type { Route } from "@berth/api";
import { Button } from "antd";
import { type ReactNode, useState } from "react";
import { isAway } from "../api/client.ts";
import { Empty, ProblemPanel, Skeleton } from "../feedback/feedback.tsx";
import { useUi } from "../words/ui-words.ts";
import type { BodyProps } from "./body.ts";
import { BulkBar } from "./bulk-bar.tsx";
import { Cards } from "./cards.tsx";
import { Pager } from "./pager.tsx";
import { StateTabs } from "./state-tabs.tsx";
import { Table } from "./table.tsx";
import { Toolbar } from "./toolbar.tsx";
import type { ListProps } from "./types.ts";
import { useColumns } from "./use-columns.ts";
import { useList } from "./use-list.ts";
import { useNarrow } from "./use-narrow.ts";
import "./list.css";

/** One list of a noun: filtered, sorted and paged by control; its address is its state. */
export function List<R extends Route>(props: ListProps<R>): ReactNode {
  const [selected, select] = useState<ReadonlySet<string>>(new Set());
  const [isAll, setAll] = useState(false);
  const list = useList(props, selected.size > 0);
  const arrangement = useColumns(props.name, props.columns);
  const rows = list.rows.filter((row) => selected.has(props.keyOf(row)));
  const unselect = () => {
    select(new Set());
    setAll(false);
  };
  return (
    <div className="list">
      {props.states && <StateTabs tabs={props.states} list={list} />}
      {(list.rows.length > 0 || list.isFiltered || list.asked.isLoading) && (
        <Toolbar props={props} list={list} arrangement={arrangement} />
      )}
      {rows.length > 0 && (
        <BulkBar
          actions={props.bulk ?? []}
          selection={{ rows, isAll, filter: { ...list.filter, ...stateOf(list.query) } }}
          canAll={list.next !== null && !isAll}
          onAll={() => setAll(true)}
          onClear={unselect}
        />
      )}
      <Body props={props} list={list} columns={arrangement.columns} selected={selected} onSelect={select} />
      {list.rows.length > 0 && <Pager list={list} />}
    </div>
  );
}

const stateOf = ({ state }: { readonly state: string }) => (state === "" ? {} : { state });

function Body<R extends Route>(body: BodyProps<R>): ReactNode {
  const { list, props } = body;
  const { problem, isLoading, isFormer, again } = list.asked;
  const isNarrow = useNarrow();
  if (isLoading) return <Skeleton lines={6} />;
  if (problem && !(isAway(problem) && list.rows.length > 0)) return <ProblemPanel problem={problem} again={again} />;
  if (list.rows.length === 0) return list.isFiltered ? <NoMatch onClear={() => clear(body)} /> : props.empty;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: only notes that a pointer or a focus is within
    <div
      className="list-body"
      data-former={isFormer}
      // Not when it enters: a list that comes up under a pointer is never entered.
      onPointerMove={() => list.hold(true)}
      onPointerLeave={() => list.hold(false)}
      onFocus={() => list.hold(true)}
      onBlur={() => list.hold(false)}
    >
      {list.changes > 0 && <Changes count={list.changes} onApply={list.apply} />}
      {isNarrow ? <Cards {...body} /> : <Table {...body} />}
    </div>
  );
}

function clear<R extends Route>({ list }: BodyProps<R>): void {
  const names = Object.keys(list.query.filters).map((name) => [name, undefined]);
  list.change({ q: undefined, state: undefined, ...Object.fromEntries(names) });
}

function NoMatch({ onClear }: { readonly onClear: () => void }): ReactNode {
  const say = useUi();
  return (
    <Empty title={say("list.noMatch")} action={<Button onClick={onClear}>{say("list.clear")}</Button>}>
      {say("list.noMatchWhy")}
    </Empty>
  );
}

function Changes({ count, onApply }: { readonly count: number; readonly onApply: () => void }): ReactNode {
  const say = useUi();
  return (
    <button type="button" className="list-changes" onClick={onApply}>
      {say("list.changes", { count })}
    </button>
  );
}

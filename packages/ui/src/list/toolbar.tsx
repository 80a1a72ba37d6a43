import type { Route } from "@berth/api";
import { Input } from "antd";
import { type ReactNode, useEffect, useState } from "react";
import { Icon } from "../frame/icon.tsx";
import { useUi } from "../words/ui-words.ts";
import { ColumnChooser } from "./column-chooser.tsx";
import { Filters } from "./filters.tsx";
import type { ListProps, RowOf } from "./types.ts";
import type { useColumns } from "./use-columns.ts";
import type { ListState } from "./use-list.ts";
import { ViewChooser } from "./view-chooser.tsx";

interface ToolbarProps<R extends Route> {
  readonly props: ListProps<R>;
  readonly list: ListState<RowOf<R>>;
  readonly arrangement: ReturnType<typeof useColumns<RowOf<R>>>;
}

/** Search, filters, views, columns and the way out as a file. */
export function Toolbar<R extends Route>({ props, list, arrangement }: ToolbarProps<R>): ReactNode {
  return (
    <div className="list-toolbar">
      {props.search && <Search hint={props.search} value={list.query.q} onSearch={(q) => list.change({ q })} />}
      {props.filters && <Filters fields={props.filters} values={list.query.filters} onChange={list.change} />}
      <div className="list-tools">
        <ViewChooser name={props.name} views={props.views ?? []} />
        <ColumnChooser arrangement={arrangement} />
        {props.route.csv && <Export route={props.route} list={list} fixed={props.fixed} />}
      </div>
    </div>
  );
}

interface SearchProps {
  readonly hint: string;
  readonly value: string;
  readonly onSearch: (q: string | undefined) => void;
}

const restMs = 300;

function Search({ hint, value, onSearch }: SearchProps): ReactNode {
  const say = useUi();
  const [typed, type] = useState(value);
  useEffect(() => type(value), [value]);
  useEffect(() => {
    if (typed.trim() === value) return;
    const timer = setTimeout(() => onSearch(typed.trim() || undefined), restMs);
    return () => clearTimeout(timer);
  });
  return (
    <Input
      className="list-search"
      type="search"
      allowClear
      prefix={<Icon name="search" />}
      aria-label={say("list.search")}
      placeholder={hint}
      maxLength={100}
      value={typed}
      onChange={({ target }) => type(target.value)}
    />
  );
}

interface ExportProps {
  readonly route: Route;
  readonly list: Pick<ListState<unknown>, "query">;
  readonly fixed: Readonly<Record<string, unknown>> | undefined;
}

/** The whole list, as it is filtered and sorted. */
function Export({ route, list: { query }, fixed }: ExportProps): ReactNode {
  const say = useUi();
  const { q, state, sort, filters } = query;
  const set = Object.entries({ ...filters, q, state, sort, ...fixed, format: "csv" }).filter(
    ([, value]) => value !== "",
  );
  const search = new URLSearchParams(set.map(([name, value]) => [name, String(value)]));
  return (
    <a className="tool" href={`/api/v1${route.path}?${search}`} download>
      <Icon name="download" />
      <span className="list-tool-name">{say("list.csv")}</span>
    </a>
  );
}

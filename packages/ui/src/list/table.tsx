import type { Route } from "@berth/api";
import { Checkbox } from "antd";
import type { MouseEvent, ReactNode } from "react";
import { Icon } from "../frame/icon.tsx";
import { AppLink, useGo } from "../frame/links.tsx";
import { More } from "../frame/menu.tsx";
import { useUi } from "../words/ui-words.ts";
import type { BodyProps } from "./body.ts";
import { directionOf, nextSort } from "./list-query.ts";
import type { RowOf } from "./types.ts";
import type { ListState } from "./use-list.ts";
import "./table.css";

/** Rows open; only their ⋯ acts. */
export function Table<R extends Route>(body: BodyProps<R>): ReactNode {
  const { props, list } = body;
  return (
    <div className="list-table">
      <table>
        <caption className="unseen">{props.title}</caption>
        <Head {...body} />
        <tbody>
          {list.rows.map((row) => (
            <TableRow key={props.keyOf(row)} row={row} body={body} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Head<R extends Route>(body: BodyProps<R>): ReactNode {
  const { props, list, columns } = body;
  const say = useUi();
  return (
    <thead>
      <tr>
        {props.bulk && (
          <th className="list-check" scope="col">
            <SelectPage {...body} />
          </th>
        )}
        {columns.map(({ key, title, sort, isFigure, isPinned }) => (
          <th
            key={key}
            scope="col"
            className={classOf(isFigure, isPinned)}
            aria-sort={sort ? directionOf(list.query.sort, sort) : undefined}
          >
            {sort ? <SortButton title={title} sort={sort} list={list} /> : title}
          </th>
        ))}
        {props.actions && (
          <th className="list-act" scope="col">
            <span className="unseen">{say("more")}</span>
          </th>
        )}
      </tr>
    </thead>
  );
}

function classOf(isFigure = false, isPinned = false): string {
  return [isFigure ? "list-figure" : "", isPinned ? "list-pinned" : ""].filter(Boolean).join(" ");
}

interface SortButtonProps {
  readonly title: string;
  readonly sort: string;
  readonly list: Pick<ListState<unknown>, "query" | "change">;
}

function SortButton({ title, sort, list }: SortButtonProps): ReactNode {
  const direction = directionOf(list.query.sort, sort);
  return (
    <button
      type="button"
      className="list-sort"
      onClick={() => list.change({ sort: nextSort(list.query.sort, sort) || undefined })}
    >
      {title}
      {direction !== "none" && <Icon name={direction === "ascending" ? "up" : "down"} />}
    </button>
  );
}

export function SelectPage<R extends Route>({ props, list, selected, onSelect }: BodyProps<R>): ReactNode {
  const say = useUi();
  const keys = list.rows.map(props.keyOf);
  const chosen = keys.filter((key) => selected.has(key)).length;
  return (
    <Checkbox
      aria-label={say("list.selectPage")}
      checked={chosen > 0 && chosen === keys.length}
      indeterminate={chosen > 0 && chosen < keys.length}
      onChange={({ target }) => onSelect(new Set(target.checked ? keys : []))}
    />
  );
}

export interface RowProps<R extends Route> {
  readonly row: RowOf<R>;
  readonly body: BodyProps<R>;
}

function TableRow<R extends Route>({ row, body }: RowProps<R>): ReactNode {
  const { props, columns } = body;
  const say = useUi();
  const go = useGo();
  const href = props.hrefOf?.(row);
  const open = ({ target }: MouseEvent) => {
    const isOfElse = (target as Element).closest("a, button, input, label, .list-check, .list-act");
    if (href && !isOfElse && getSelection()?.isCollapsed !== false) go(href);
  };
  return (
    <tr data-opens={href !== undefined} onClick={open}>
      {props.bulk && (
        <td className="list-check">
          <SelectRow row={row} body={body} />
        </td>
      )}
      {columns.map(({ key, cell, isFigure, isPinned, isFixed }) => (
        <td key={key} className={classOf(isFigure, isPinned)}>
          {isFixed && href ? <AppLink to={href}>{cell(row)}</AppLink> : cell(row)}
        </td>
      ))}
      {props.actions && (
        <td className="list-act">
          <More label={say("list.actionsOf", { name: props.nameOf(row) })} choices={props.actions(row)} />
        </td>
      )}
    </tr>
  );
}

export function SelectRow<R extends Route>({ row, body: { props, selected, onSelect } }: RowProps<R>): ReactNode {
  const say = useUi();
  const key = props.keyOf(row);
  const toggle = (isOn: boolean) => {
    const next = new Set(selected);
    if (isOn) next.add(key);
    else next.delete(key);
    onSelect(next);
  };
  return (
    <Checkbox
      aria-label={say("list.selectRow", { name: props.nameOf(row) })}
      checked={selected.has(key)}
      onChange={({ target }) => toggle(target.checked)}
    />
  );
}

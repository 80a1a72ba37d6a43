import { Button } from "antd";
import type { ReactNode } from "react";
import { Icon } from "../frame/icon.tsx";
import { useUi } from "../words/ui-words.ts";
import { pageSizes } from "./list-query.ts";
import type { ListState } from "./use-list.ts";

/** Pages are walked along the order, from one to the next: no row is shown twice or left out when others come. */
export function Pager({ list }: { readonly list: ListState<unknown> }): ReactNode {
  const say = useUi();
  const { next, previous, query, rows } = list;
  const isFirst = query.after === "" && query.before === "";
  return (
    <div className="list-pager">
      <span className="quiet">{say("list.rows", { count: rows.length })}</span>
      <div className="row">
        <select
          className="list-select"
          aria-label={say("list.perPage", { count: "" })}
          value={query.limit}
          onChange={({ target }) => list.change({ limit: target.value })}
        >
          {pageSizes.map((count) => (
            <option key={count} value={count}>
              {say("list.perPage", { count })}
            </option>
          ))}
        </select>
        {!isFirst && <Button onClick={() => list.turn({})}>{say("list.first")}</Button>}
        <Button
          disabled={previous === null || isFirst}
          aria-label={say("list.previous")}
          icon={<Icon name="previous" />}
          onClick={() => list.turn({ before: previous ?? "" })}
        />
        <Button
          disabled={next === null}
          aria-label={say("list.next")}
          icon={<Icon name="next" />}
          onClick={() => list.turn({ after: next ?? "" })}
        />
      </div>
    </div>
  );
}

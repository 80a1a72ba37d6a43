import type { Route } from "@berth/api";
import type { ReactNode } from "react";
import { AppLink } from "../frame/links.tsx";
import { More } from "../frame/menu.tsx";
import { useUi } from "../words/ui-words.ts";
import type { BodyProps } from "./body.ts";
import { type RowProps, SelectRow } from "./table.tsx";

/** On a phone a row is a card of three lines: its name and state, then what the first columns say. */
export function Cards<R extends Route>(body: BodyProps<R>): ReactNode {
  const { props, list } = body;
  return (
    <ul className="list-cards" aria-label={props.title}>
      {list.rows.map((row) => (
        <Card key={props.keyOf(row)} row={row} body={body} />
      ))}
    </ul>
  );
}

function Card<R extends Route>({ row, body }: RowProps<R>): ReactNode {
  const { props, columns } = body;
  const say = useUi();
  const [first, ...rest] = columns;
  const state = rest.find(({ key }) => key === "state");
  const lines = rest.filter((column) => column !== state).slice(0, 4);
  const href = props.hrefOf?.(row);
  const name = first?.cell(row);
  return (
    <li className="list-card">
      <div className="list-card-head">
        {props.bulk && <SelectRow row={row} body={body} />}
        <span className="list-card-name">{href ? <AppLink to={href}>{name}</AppLink> : name}</span>
        {state?.cell(row)}
        {props.actions && (
          <More label={say("list.actionsOf", { name: props.nameOf(row) })} choices={props.actions(row)} />
        )}
      </div>
      <dl className="list-card-lines">
        {lines.map(({ key, title, cell }) => (
          <div key={key}>
            <dt>{title}</dt>
            <dd>{cell(row)}</dd>
          </div>
        ))}
      </dl>
    </li>
  );
}

import { Button, Input, Popover } from "antd";
import { type ReactNode, useState } from "react";
import { Icon } from "../frame/icon.tsx";
import { AppLink, usePath, useQuery } from "../frame/links.tsx";
import { useUi } from "../words/ui-words.ts";
import type { View } from "./types.ts";

interface ViewProps {
  readonly name: string;
  /** Those that come with the list. */
  readonly views: readonly View[];
}

const keyOf = (name: string) => `berth.views.${name}`;

function readViews(name: string): View[] {
  const kept = localStorage.getItem(keyOf(name));
  return kept === null ? [] : (JSON.parse(kept) as View[]);
}

/** A view is an address with a name: whoever gets the address sees the same. */
export function ViewChooser(props: ViewProps): ReactNode {
  const say = useUi();
  return (
    <Popover
      trigger="click"
      placement="bottomRight"
      destroyOnHidden
      content={<Views {...props} />}
      title={say("list.views")}
    >
      <button type="button" className="tool" aria-haspopup="dialog">
        <Icon name="view" />
        <span className="list-tool-name">{say("list.views")}</span>
      </button>
    </Popover>
  );
}

function Views({ name, views }: ViewProps): ReactNode {
  const say = useUi();
  const path = usePath();
  const [query] = useQuery();
  const [own, setOwn] = useState(() => readViews(name));
  const [title, setTitle] = useState("");
  const keep = (next: readonly View[]) => {
    localStorage.setItem(keyOf(name), JSON.stringify(next));
    setOwn([...next]);
  };
  const save = () => {
    const { after: _after, before: _before, ...rest } = query;
    keep([...own.filter((view) => view.name !== title), { name: title, query: new URLSearchParams(rest).toString() }]);
    setTitle("");
  };
  return (
    <div className="stack list-views">
      <ul>
        {views.map((view) => (
          <li key={view.query}>
            <AppLink to={`${path}?${view.query}`}>{view.name}</AppLink>
          </li>
        ))}
        {own.map((view) => (
          <li key={view.name} className="row">
            <AppLink to={`${path}?${view.query}`}>{view.name}</AppLink>
            <button
              type="button"
              className="tool"
              aria-label={say("list.removeView", { name: view.name })}
              onClick={() => keep(own.filter((one) => one !== view))}
            >
              <Icon name="close" />
            </button>
          </li>
        ))}
        {views.length + own.length === 0 && <li className="quiet">{say("list.noViews")}</li>}
      </ul>
      <div className="list-save-view">
        <Input
          aria-label={say("list.viewName")}
          placeholder={say("list.viewName")}
          maxLength={40}
          value={title}
          onChange={({ target }) => setTitle(target.value)}
        />
        <Button disabled={title.trim() === ""} onClick={save}>
          {say("list.saveView")}
        </Button>
      </div>
    </div>
  );
}

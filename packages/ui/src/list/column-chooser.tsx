import { Button, Checkbox, Popover } from "antd";
import type { ReactNode } from "react";
import { Icon } from "../frame/icon.tsx";
import { useUi } from "../words/ui-words.ts";
import { type Arrangement, move } from "./arrangement.ts";
import type { Column } from "./types.ts";

interface ChooserProps {
  readonly arrangement: {
    readonly all: readonly Column<never>[];
    readonly columns: readonly { readonly key: string; readonly isFixed?: boolean; readonly isPinned: boolean }[];
    readonly chosen: Arrangement | undefined;
    choose(arrangement: Arrangement | undefined): void;
  };
}

/** Which columns, in which order, and which stay in sight. */
export function ColumnChooser({ arrangement }: ChooserProps): ReactNode {
  const say = useUi();
  const content = <Chooser arrangement={arrangement} />;
  return (
    <Popover trigger="click" placement="bottomRight" content={content} title={say("list.columns")}>
      <button type="button" className="tool" aria-haspopup="dialog">
        <Icon name="columns" />
        <span className="list-tool-name">{say("list.columns")}</span>
      </button>
    </Popover>
  );
}

function Chooser({ arrangement: { all, columns, chosen, choose } }: ChooserProps): ReactNode {
  const say = useUi();
  const keys = columns.filter(({ isFixed }) => !isFixed).map(({ key }) => key);
  const pinned = columns.filter(({ isFixed, isPinned }) => isPinned && !isFixed).map(({ key }) => key);
  const rest = all.filter(({ key, isFixed }) => !isFixed && !keys.includes(key)).map(({ key }) => key);
  const toggle = (key: string, isOn: boolean) => {
    choose({ keys: isOn ? [...keys, key] : keys.filter((one) => one !== key), pinned });
  };
  const pin = (key: string) => {
    choose({ keys, pinned: pinned.includes(key) ? pinned.filter((one) => one !== key) : [...pinned, key] });
  };
  return (
    <ul className="list-chooser">
      {[...keys, ...rest].map((key) => (
        <li key={key}>
          <Checkbox checked={keys.includes(key)} onChange={({ target }) => toggle(key, target.checked)}>
            {all.find((column) => column.key === key)?.title}
          </Checkbox>
          {keys.includes(key) && (
            <span className="list-chooser-tools">
              <Tool name={say("list.moveUp")} icon="up" onClick={() => choose({ keys: move(keys, key, -1), pinned })} />
              <Tool
                name={say("list.moveDown")}
                icon="down"
                onClick={() => choose({ keys: move(keys, key, 1), pinned })}
              />
              <Tool
                name={pinned.includes(key) ? say("list.unpin") : say("list.pin")}
                icon="pin"
                isOn={pinned.includes(key)}
                onClick={() => pin(key)}
              />
            </span>
          )}
        </li>
      ))}
      {chosen && (
        <li>
          <Button size="small" onClick={() => choose(undefined)}>
            {say("list.resetColumns")}
          </Button>
        </li>
      )}
    </ul>
  );
}

interface ToolProps {
  readonly name: string;
  readonly icon: "up" | "down" | "pin";
  readonly isOn?: boolean;
  readonly onClick: () => void;
}

function Tool({ name, icon, isOn, onClick }: ToolProps): ReactNode {
  return (
    <button type="button" className="tool" aria-label={name} aria-pressed={isOn} onClick={onClick}>
      <Icon name={icon} />
    </button>
  );
}

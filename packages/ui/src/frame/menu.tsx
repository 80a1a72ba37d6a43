import { Dropdown, type MenuProps } from "antd";
import type { ReactNode } from "react";
import { useUi } from "../words/ui-words.ts";
import { Icon, type IconName } from "./icon.tsx";
import "./menu.css";

export interface Choice {
  readonly key: string;
  readonly label: ReactNode;
  readonly icon?: IconName;
  readonly danger?: boolean;
  /** Why it can't be used now. */
  readonly blocked?: string | undefined;
  readonly onChoose: () => void;
}

interface MoreProps {
  readonly label?: string;
  readonly choices: readonly Choice[];
  readonly icon?: IconName;
  readonly children?: ReactNode;
}

/** A button that opens a few choices: the ⋯ of a row, an account's menu. */
export function More({ label, choices, icon = "more", children }: MoreProps): ReactNode {
  const say = useUi();
  if (choices.length === 0) return null;
  const items: MenuProps["items"] = choices.map(({ key, label, icon, danger = false, blocked }) => ({
    key,
    danger,
    disabled: blocked !== undefined,
    icon: icon && <Icon name={icon} />,
    label: blocked === undefined ? label : <BlockedChoice label={label} why={blocked} />,
  }));
  return (
    <Dropdown
      trigger={["click"]}
      menu={{ items, onClick: ({ key }) => choices.find((choice) => choice.key === key)?.onChoose() }}
    >
      <button
        type="button"
        className="tool"
        aria-label={children ? undefined : (label ?? say("more"))}
        aria-haspopup="menu"
      >
        {children ?? <Icon name={icon} />}
      </button>
    </Dropdown>
  );
}

function BlockedChoice({ label, why }: { readonly label: ReactNode; readonly why: string }): ReactNode {
  return (
    <span className="menu-blocked">
      {label}
      <span className="menu-why">{why}</span>
    </span>
  );
}

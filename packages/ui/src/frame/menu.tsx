import { type KeyboardEvent, type ReactNode, type RefObject, useEffect, useId, useRef, useState } from "react";
import { createPortal } from "react-dom";
import { useUi } from "../words/ui-words.ts";
import { Icon, type IconName } from "./icon.tsx";
import { placeMenu } from "./place-menu.ts";
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
  const button = useRef<HTMLButtonElement>(null);
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  if (choices.length === 0) return null;
  const close = (isBack: boolean) => {
    setOpen(false);
    if (isBack) button.current?.focus();
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        className="tool"
        aria-label={children ? undefined : (label ?? say("more"))}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-controls={isOpen ? id : undefined}
        onClick={() => setOpen(!isOpen)}
      >
        {children ?? <Icon name={icon} />}
      </button>
      {isOpen && createPortal(<Menu id={id} choices={choices} button={button} onClose={close} />, document.body)}
    </>
  );
}

interface MenuProps {
  readonly id: string;
  readonly choices: readonly Choice[];
  readonly button: RefObject<HTMLButtonElement | null>;
  /** `isBack`: the focus goes back to where it came from. */
  readonly onClose: (isBack: boolean) => void;
}

function Menu({ id, choices, button, onClose }: MenuProps): ReactNode {
  const menu = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!menu.current || !button.current) return;
    placeMenu(menu.current, button.current.getBoundingClientRect());
    itemsOf(menu.current)[0]?.focus();
  }, [button]);
  useEffect(() => {
    const leave = ({ target }: Event) => {
      const isInside = menu.current?.contains(target as Node) || button.current?.contains(target as Node);
      if (!isInside) onClose(false);
    };
    const scrolled = () => onClose(false);
    document.addEventListener("pointerdown", leave);
    addEventListener("scroll", scrolled, { capture: true, passive: true });
    addEventListener("resize", scrolled);
    return () => {
      document.removeEventListener("pointerdown", leave);
      removeEventListener("scroll", scrolled, { capture: true });
      removeEventListener("resize", scrolled);
    };
  });
  return (
    <div ref={menu} id={id} role="menu" className="menu" tabIndex={-1} onKeyDown={(event) => steer(event, onClose)}>
      {choices.map((choice) => (
        <MenuItem key={choice.key} choice={choice} onClose={onClose} />
      ))}
    </div>
  );
}

interface MenuItemProps {
  readonly choice: Choice;
  readonly onClose: MenuProps["onClose"];
}

function MenuItem({ choice, onClose }: MenuItemProps): ReactNode {
  const { label, icon, danger, blocked, onChoose } = choice;
  const choose = () => {
    if (blocked !== undefined) return;
    onClose(true);
    onChoose();
  };
  return (
    <button
      type="button"
      role="menuitem"
      tabIndex={-1}
      className={danger ? "menu-item danger" : "menu-item"}
      aria-disabled={blocked !== undefined}
      onClick={choose}
    >
      {icon && <Icon name={icon} />}
      <span className="menu-label">
        {label}
        {blocked !== undefined && <span className="menu-why">{blocked}</span>}
      </span>
    </button>
  );
}

function itemsOf(menu: Element): HTMLElement[] {
  return [...menu.querySelectorAll<HTMLElement>("[role=menuitem]")];
}

const moves: Readonly<Record<string, (at: number, last: number) => number>> = {
  ArrowDown: (at, last) => (at === last ? 0 : at + 1),
  ArrowUp: (at, last) => (at <= 0 ? last : at - 1),
  Home: () => 0,
  End: (_at, last) => last,
};

function steer(event: KeyboardEvent<HTMLElement>, onClose: MenuProps["onClose"]): void {
  if (event.key === "Escape" || event.key === "Tab") {
    event.stopPropagation();
    onClose(true);
    return;
  }
  const items = itemsOf(event.currentTarget);
  const to = moves[event.key]?.(items.indexOf(document.activeElement as HTMLElement), items.length - 1);
  if (to === undefined) return;
  event.preventDefault();
  items[to]?.focus();
}

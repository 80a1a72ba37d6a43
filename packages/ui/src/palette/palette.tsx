import { Input, Modal } from "antd";
import { type KeyboardEvent, type ReactNode, useEffect, useId, useState } from "react";
import { Icon, type IconName } from "../frame/icon.tsx";
import { useGo } from "../frame/links.tsx";
import { useUi } from "../words/ui-words.ts";
import "./palette.css";

export interface Found {
  readonly key: string;
  readonly label: string;
  /** What kind of thing it is. */
  readonly of?: string;
  readonly icon: IconName;
  readonly to: string;
}

export interface PaletteProps {
  readonly pages: readonly Found[];
  /** Objects by a name, an id, an address: asked when typing rests. */
  readonly find?: (text: string) => Promise<readonly Found[]>;
  readonly onClose: () => void;
}

const restMs = 250;
const leastFind = 2;

/** Goes anywhere by a few letters. What is dangerous is not done here: its dialog is where it belongs. */
export default function Palette({ pages, find, onClose }: PaletteProps): ReactNode {
  const say = useUi();
  const go = useGo();
  const id = useId();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const objects = useFound(text, find);
  const fitting = pages.filter(({ label }) => label.toLowerCase().includes(text.trim().toLowerCase()));
  const found = [...fitting, ...objects];
  const open = (one: Found | undefined) => {
    if (!one) return;
    onClose();
    go(one.to);
  };
  const steer = (event: KeyboardEvent) => {
    const to = { ArrowDown: at + 1, ArrowUp: at - 1 }[event.key];
    if (event.key === "Enter") open(found[at]);
    if (to === undefined) return;
    event.preventDefault();
    setAt(Math.max(0, Math.min(found.length - 1, to)));
  };
  return (
    <Modal open onCancel={onClose} footer={null} closable={false} width={560} title={say("palette.title")}>
      <Input
        autoFocus
        role="combobox"
        aria-expanded
        aria-controls={id}
        aria-activedescendant={found[at] ? `${id}-${at}` : undefined}
        aria-label={say("palette.title")}
        placeholder={say("palette.hint")}
        value={text}
        onChange={({ target }) => {
          setText(target.value);
          setAt(0);
        }}
        onKeyDown={steer}
      />
      <div id={id} role="listbox" tabIndex={-1} className="palette-found" aria-label={say("palette.title")}>
        {found.map((one, index) => (
          <PaletteLine key={one.key} id={`${id}-${index}`} one={one} isHere={index === at} onOpen={() => open(one)} />
        ))}
      </div>
      {found.length === 0 && <p className="quiet palette-nothing">{say("palette.nothing")}</p>}
    </Modal>
  );
}

interface LineProps {
  readonly id: string;
  readonly one: Found;
  readonly isHere: boolean;
  readonly onOpen: () => void;
}

function PaletteLine({ id, one: { label, of, icon }, isHere, onOpen }: LineProps): ReactNode {
  return (
    <button
      type="button"
      role="option"
      id={id}
      aria-selected={isHere}
      tabIndex={-1}
      className="palette-line"
      onClick={onOpen}
    >
      <Icon name={icon} />
      <span className="palette-label">{label}</span>
      {of && <span className="quiet">{of}</span>}
    </button>
  );
}

/** The latest answer to the latest question; one that comes late is not shown. */
function useFound(text: string, find: PaletteProps["find"]): readonly Found[] {
  const [found, setFound] = useState<readonly Found[]>([]);
  useEffect(() => {
    let isCurrent = true;
    const wanted = text.trim();
    if (!find || wanted.length < leastFind) {
      setFound([]);
      return;
    }
    const timer = setTimeout(() => void find(wanted).then((answer) => isCurrent && setFound(answer)), restMs);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [text, find]);
  return found;
}

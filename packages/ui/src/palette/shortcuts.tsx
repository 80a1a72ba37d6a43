import { Modal } from "antd";
import type { ReactNode } from "react";
import { useUi } from "../words/ui-words.ts";
import "./palette.css";

/** What the keyboard does everywhere. */
export default function Shortcuts({ onClose }: { readonly onClose: () => void }): ReactNode {
  const say = useUi();
  const isApple = /mac|iphone|ipad/i.test(navigator.platform);
  const keys: [keys: string, does: string][] = [
    [isApple ? "⌘ K" : "Ctrl K", say("shortcuts.palette")],
    ["/", say("shortcuts.search")],
    ["?", say("shortcuts.help")],
    ["Esc", say("shortcuts.close")],
  ];
  return (
    <Modal open onCancel={onClose} footer={null} title={say("shortcuts.title")} width={420}>
      <dl className="shortcuts">
        {keys.map(([key, does]) => (
          <div key={key}>
            <dt>{does}</dt>
            <dd>
              <kbd>{key}</kbd>
            </dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}

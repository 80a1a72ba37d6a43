import { Button, Checkbox, Modal } from "antd";
import { type ReactNode, useState } from "react";
import { useUi } from "../words/ui-words.ts";
import { CopyButton, downloadText } from "./copy-button.tsx";
import "./secret.css";

interface ShowOnceProps {
  readonly title: string;
  /** What nobody can see again. */
  readonly secret: string;
  readonly label: string;
  readonly file: { readonly name: string; readonly text?: string; readonly type?: string };
  readonly children?: ReactNode;
  readonly onClose: () => void;
}

/** A secret that is shown this once: it closes only when its reader says that they stored it. */
export function ShowOnce({ title, secret, label, file, children, onClose }: ShowOnceProps): ReactNode {
  const say = useUi();
  const [isStored, setStored] = useState(false);
  const save = () => {
    downloadText(file.name, file.text ?? secret, file.type);
  };
  return (
    <Modal
      open
      title={title}
      width={560}
      closable={false}
      mask={{ closable: false }}
      keyboard={false}
      footer={
        <div className="secret-foot">
          <Checkbox checked={isStored} onChange={({ target }) => setStored(target.checked)}>
            {say("secret.stored")}
          </Checkbox>
          <Button
            type="primary"
            disabled={!isStored}
            title={isStored ? undefined : say("secret.tick")}
            onClick={onClose}
          >
            {say("close")}
          </Button>
        </div>
      }
    >
      <div className="stack">
        {children}
        <p className="quiet">{say("secret.once")}</p>
        <textarea className="secret-text mono" readOnly aria-label={label} value={secret} rows={rowsOf(secret)} />
        <div className="row">
          <CopyButton text={secret} />
          <Button onClick={save}>{say("download")}</Button>
        </div>
      </div>
    </Modal>
  );
}

function rowsOf(secret: string): number {
  return Math.min(12, Math.max(2, secret.split("\n").length, Math.ceil(secret.length / 60)));
}

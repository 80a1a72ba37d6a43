import { Moment } from "@berth/ui/time/time.tsx";
import { useWords } from "@berth/ui/words/words.ts";
import { Drawer } from "antd";
import type { ReactNode } from "react";
import { outboxWords } from "../../../i18n/areas.ts";
import type { Mail } from "./mail-type.ts";
import "./outbox.css";

interface MailDrawerProps {
  readonly mail: Mail;
  readonly onClose: () => void;
}

/** One mail: whom it is for, what it says, and why it did not go. */
export function MailDrawer({ mail, onClose }: MailDrawerProps): ReactNode {
  const say = useWords(outboxWords);
  return (
    <Drawer open onClose={onClose} size={480} title={mail.subject}>
      <div className="stack">
        <p>
          {say("address")} <strong className="wrap-any">{mail.address}</strong> · <Moment at={mail.createdAt} />
        </p>
        {mail.error && <p className="mail-error">{mail.error}</p>}
        {mail.body ? <pre className="mail-body">{mail.body}</pre> : <p className="quiet">{say("noBody")}</p>}
      </div>
    </Drawer>
  );
}

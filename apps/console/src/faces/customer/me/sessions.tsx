import { accounts, type ReplyOf } from "@berth/api";
import { useAct, useCall } from "@berth/ui/api/query.ts";
import { Loaded } from "@berth/ui/feedback/feedback.tsx";
import { toast } from "@berth/ui/feedback/toasts.tsx";
import { Panel } from "@berth/ui/frame/page.tsx";
import { Tag } from "@berth/ui/states/state-tag.tsx";
import { Ago, Deadline } from "@berth/ui/time/time.tsx";
import { useWords } from "@berth/ui/words/words.ts";
import { Button } from "antd";
import type { ReactNode } from "react";
import { meWords } from "../../../i18n/areas.ts";
import "./me.css";

type Session = ReplyOf<typeof accounts.listSessions>["items"][number];

/** Where one is signed in. */
export function Sessions(): ReactNode {
  const say = useWords(meWords);
  const asked = useCall(accounts.listSessions, {});
  return (
    <Panel title={say("tabs.sessions")}>
      <Loaded of={asked}>
        {({ items }) => (
          <ul className="me-rows">
            {items.map((session) => (
              <SessionRow key={session.id} session={session} again={asked.again} />
            ))}
          </ul>
        )}
      </Loaded>
    </Panel>
  );
}

function SessionRow({ session, again }: { readonly session: Session; readonly again: () => void }): ReactNode {
  const say = useWords(meWords);
  const revoke = useAct(accounts.revokeSession, {
    onDone: () => {
      toast(say("sessionEnded"));
      again();
    },
  });
  const { id, address, userAgent, createdAt, expiresAt, current } = session;
  return (
    <li>
      <div className="me-row-text">
        <strong>{address ?? "–"}</strong>
        <span className="quiet">{userAgent ?? say("unknownProgram")}</span>
        <span className="quiet">
          {say("since")} <Ago at={createdAt} /> · {say("endsIn")} <Deadline at={expiresAt} />
        </span>
      </div>
      {current ? (
        <Tag tone="good">{say("thisSession")}</Tag>
      ) : (
        <Button loading={revoke.isActing} onClick={() => void revoke.act({ sessionId: id })}>
          {say("sessionEnd")}
        </Button>
      )}
    </li>
  );
}

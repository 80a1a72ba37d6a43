import { keys, type ReplyOf } from "@berth/api";
import { useAct, useCall } from "@berth/ui/api/query.ts";
import { Empty, Loaded } from "@berth/ui/feedback/feedback.tsx";
import { toast } from "@berth/ui/feedback/toasts.tsx";
import { Panel } from "@berth/ui/frame/page.tsx";
import { Tag } from "@berth/ui/states/state-tag.tsx";
import { now } from "@berth/ui/time/clock.ts";
import { Ago, Deadline } from "@berth/ui/time/time.tsx";
import { useWords } from "@berth/ui/words/words.ts";
import { Button } from "antd";
import { type ReactNode, useState } from "react";
import { meWords } from "../../../i18n/areas.ts";
import { CreateKey } from "./create-key.tsx";
import "./me.css";

type Key = ReplyOf<typeof keys.listKeys>["items"][number];

/** API keys for programs. */
export function Keys(): ReactNode {
  const say = useWords(meWords);
  const [isMaking, setMaking] = useState(false);
  const asked = useCall(keys.listKeys, { limit: 100 });
  const make = <Button onClick={() => setMaking(true)}>{say("keyMake")}</Button>;
  return (
    <Panel title={say("tabs.keys")} action={make}>
      <Loaded of={asked}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={say("noKeys")}>{say("noKeysDo")}</Empty>
          ) : (
            <ul className="me-rows">
              {items.map((key) => (
                <KeyRow key={key.id} apiKey={key} again={asked.again} />
              ))}
            </ul>
          )
        }
      </Loaded>
      <CreateKey open={isMaking} onMade={asked.again} onClose={() => setMaking(false)} />
    </Panel>
  );
}

function KeyRow({ apiKey, again }: { readonly apiKey: Key; readonly again: () => void }): ReactNode {
  const say = useWords(meWords);
  const revoke = useAct(keys.revokeKey, {
    onDone: ({ name }) => {
      toast(say("keyRevoked", { name }));
      again();
    },
  });
  const { id, name, scopes, lastUsedAt, expiresAt, revokedAt } = apiKey;
  const isOver = revokedAt !== null || Date.parse(expiresAt) < now();
  return (
    <li>
      <div className="me-row-text">
        <strong>{name}</strong>
        <span className="quiet">{scopes.join(" · ")}</span>
        <span className="quiet">
          {lastUsedAt ? (
            <>
              {say("usedAt")} <Ago at={lastUsedAt} />
            </>
          ) : (
            say("neverUsed")
          )}
          {!isOver && (
            <>
              {" · "}
              {say("endsIn")} <Deadline at={expiresAt} />
            </>
          )}
        </span>
      </div>
      {isOver ? (
        <Tag tone="over">{say(revokedAt ? "keyIsRevoked" : "keyIsOver")}</Tag>
      ) : (
        <Button loading={revoke.isActing} onClick={() => void revoke.act({ keyId: id })}>
          {say("keyRevoke")}
        </Button>
      )}
    </li>
  );
}

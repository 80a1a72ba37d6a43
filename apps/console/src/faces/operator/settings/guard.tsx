import { guard, type ReplyOf } from "@berth/api";
import { useAct, useCall } from "@berth/ui/api/query.ts";
import { Empty, Loaded } from "@berth/ui/feedback/feedback.tsx";
import { toast } from "@berth/ui/feedback/toasts.tsx";
import { Panel } from "@berth/ui/frame/page.tsx";
import { ActButton } from "@berth/ui/permission/act-button.tsx";
import { Tag } from "@berth/ui/states/state-tag.tsx";
import { now } from "@berth/ui/time/clock.ts";
import { Deadline, Moment } from "@berth/ui/time/time.tsx";
import { useWords } from "@berth/ui/words/words.ts";
import { type ReactNode, useState } from "react";
import { settingsWords } from "../../../i18n/areas.ts";
import { AddAddress } from "./add-address.tsx";
import "./settings.css";

type Ban = ReplyOf<typeof guard.listBans>["items"][number];
type Listed = ReplyOf<typeof guard.listAddresses>["items"][number];

/** Who is never limited, never served, or banned for now. */
export function Guard(): ReactNode {
  const say = useWords(settingsWords);
  const [isAdding, setAdding] = useState(false);
  const bans = useCall(guard.listBans, {}, { everyMs: 10_000 });
  const listed = useCall(guard.listAddresses, {});
  const add = (
    <ActButton permission="guard.write" onClick={() => setAdding(true)}>
      {say("addAddress")}
    </ActButton>
  );
  return (
    <>
      <Panel title={say("bans")}>
        <Loaded of={bans}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty title={say("noBans")}>{say("noBansDo")}</Empty>
            ) : (
              <ul className="setting-rows">
                {items.map((ban) => (
                  <BanRow key={ban.id} ban={ban} again={bans.again} />
                ))}
              </ul>
            )
          }
        </Loaded>
      </Panel>
      <Panel title={say("addresses")} action={add}>
        <Loaded of={listed}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty title={say("noAddresses")}>{say("noAddressesDo")}</Empty>
            ) : (
              <ul className="setting-rows">
                {items.map((one) => (
                  <ListedRow key={one.id} listed={one} again={listed.again} />
                ))}
              </ul>
            )
          }
        </Loaded>
      </Panel>
      <AddAddress open={isAdding} onAdded={listed.again} onClose={() => setAdding(false)} />
    </>
  );
}

function BanRow({ ban, again }: { readonly ban: Ban; readonly again: () => void }): ReactNode {
  const say = useWords(settingsWords);
  const lift = useAct(guard.liftBan, {
    onDone: ({ place }) => {
      toast(say("lifted", { place }));
      again();
    },
  });
  const isOver = ban.liftedAt !== null || Date.parse(ban.until) < now();
  return (
    <li>
      <div className="setting-text">
        <code>{ban.place}</code>
        <span className="quiet">{ban.reasons.join(" · ")}</span>
      </div>
      {isOver ? (
        <Tag tone="over">{say(ban.liftedAt ? "isLifted" : "isOver")}</Tag>
      ) : (
        <Tag tone="bad">{say("isBanned")}</Tag>
      )}
      {isOver ? <Moment at={ban.liftedAt ?? ban.until} /> : <Deadline at={ban.until} />}
      {!isOver && (
        <ActButton permission="guard.lift" loading={lift.isActing} onClick={() => void lift.act({ banId: ban.id })}>
          {say("lift")}
        </ActButton>
      )}
    </li>
  );
}

function ListedRow({ listed, again }: { readonly listed: Listed; readonly again: () => void }): ReactNode {
  const say = useWords(settingsWords);
  const remove = useAct(guard.removeAddress, { onDone: again });
  const { id, kind, network, note, expiresAt } = listed;
  return (
    <li>
      <div className="setting-text">
        <code>{network}</code>
        <span className="quiet">{note}</span>
      </div>
      <Tag tone={kind === "allow" ? "good" : "bad"}>{say(`kinds.${kind}`)}</Tag>
      {expiresAt ? <Deadline at={expiresAt} /> : <span className="quiet">{say("forever")}</span>}
      <ActButton permission="guard.write" loading={remove.isActing} onClick={() => void remove.act({ listedId: id })}>
        {say("removeAddress")}
      </ActButton>
    </li>
  );
}

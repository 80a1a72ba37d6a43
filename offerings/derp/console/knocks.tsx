import { leases, type ReplyOf } from "@berth/api";
import { useAct, useCall } from "@berth/ui/api/query.ts";
import { ProblemPanel } from "@berth/ui/feedback/feedback.tsx";
import { toast } from "@berth/ui/feedback/toasts.tsx";
import { Panel } from "@berth/ui/frame/page.tsx";
import type { Lease } from "@berth/ui/offering/console-part.ts";
import { Ago } from "@berth/ui/time/time.tsx";
import { useWords } from "@berth/ui/words/words.ts";
import { Button, Input } from "antd";
import { type ReactNode, useState } from "react";
import { derpWords } from "./derp-words.ts";
import { shortKey } from "./short-key.ts";

type Knock = ReplyOf<typeof leases.listKnocks>["items"][number];

/** A knock leaves no event: it is asked for while somebody looks. */
const askEveryMs = 5_000;

/** Keys that wait to be let in; nothing while nobody knocks. */
export function Knocks({ lease: { id } }: { readonly lease: Lease }): ReactNode {
  const say = useWords(derpWords);
  const { data } = useCall(leases.listKnocks, { leaseId: id }, { everyMs: askEveryMs });
  if (!data || data.items.length === 0) return null;
  return (
    <Panel title={say("knocks")}>
      <p className="quiet">{say("knocksIntro")}</p>
      <ul className="derp-rows">
        {data.items.map((knock) => (
          <KnockRow key={knock.key} leaseId={id} knock={knock} />
        ))}
      </ul>
    </Panel>
  );
}

function KnockRow({ leaseId, knock }: { readonly leaseId: Lease["id"]; readonly knock: Knock }): ReactNode {
  const say = useWords(derpWords);
  const { key, address, count, lastAt } = knock;
  const [name, setName] = useState(say("defaultName", { key: key.replace(/^nodekey:/, "").slice(0, 4) }));
  const add = useAct(leases.addDevice);
  const admit = async () => {
    if (await add.act({ leaseId, key, name: name.trim() })) toast(say("admitted", { name }));
  };
  return (
    <li>
      <div className="derp-row-text">
        <code title={key}>{shortKey(key)}</code>
        <span className="quiet">
          {say("knockFrom", { address, count: Number(count) })} · <Ago at={lastAt} />
        </span>
      </div>
      <div className="derp-admit">
        <Input
          aria-label={say("deviceName")}
          maxLength={100}
          value={name}
          onChange={({ target }) => setName(target.value)}
          onPressEnter={() => void admit()}
        />
        <Button type="primary" disabled={name.trim() === ""} loading={add.isActing} onClick={() => void admit()}>
          {say("admit")}
        </Button>
      </div>
      {add.problem && <ProblemPanel problem={add.problem} />}
    </li>
  );
}

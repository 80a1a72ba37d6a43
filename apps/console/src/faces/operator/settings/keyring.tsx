import { keyring, type ReplyOf } from "@berth/api";
import { useAct, useCall } from "@berth/ui/api/query.ts";
import { DangerDialog } from "@berth/ui/danger/danger-dialog.tsx";
import { Loaded, ProblemPanel } from "@berth/ui/feedback/feedback.tsx";
import { toast } from "@berth/ui/feedback/toasts.tsx";
import { Panel } from "@berth/ui/frame/page.tsx";
import { QuotaBar } from "@berth/ui/numbers/numbers.tsx";
import { Tag } from "@berth/ui/states/state-tag.tsx";
import type { Tone } from "@berth/ui/states/tones.ts";
import { Moment } from "@berth/ui/time/time.tsx";
import { useWords } from "@berth/ui/words/words.ts";
import { Button } from "antd";
import { type ReactNode, useState } from "react";
import { settingsWords } from "../../../i18n/areas.ts";
import "./settings.css";

type Ring = ReplyOf<typeof keyring.showKeyring>;

const tones: Readonly<Record<Ring["keys"][number]["state"], Tone>> = {
  next: "busy",
  sealing: "good",
  opening: "care",
  retired: "over",
};

/** The keys that seal secrets and personal fields, and how far their replacement is. */
export function Keyring(): ReactNode {
  const asked = useCall(keyring.showKeyring, {}, { everyMs: 5_000 });
  return <Loaded of={asked}>{(ring) => <Rings ring={ring} again={asked.again} />}</Loaded>;
}

function Rings({ ring, again }: { readonly ring: Ring; readonly again: () => void }): ReactNode {
  const say = useWords(settingsWords);
  const [isRotating, setRotating] = useState(false);
  const rotate = useAct(keyring.rotateKeys);
  return (
    <>
      <Master ring={ring} again={again} />
      <Panel title={say("dataKeys")} action={<Button onClick={() => setRotating(true)}>{say("rotateKeys")}</Button>}>
        <ul className="setting-rows">
          {ring.fields.map(({ field, present, all }) => (
            <li key={field}>
              <code className="setting-text">{field}</code>
              <span>
                {say("sealedOf", { present, all })}
                <QuotaBar used={0} all={Math.max(1, all - present)} />
              </span>
            </li>
          ))}
          {ring.keys.map(({ id, field, use, state, createdAt }) => (
            <li key={id}>
              <div className="setting-text">
                <code>{id}</code>
                <span className="quiet">
                  {field} · {say(`uses.${use}`)} · <Moment at={createdAt} />
                </span>
              </div>
              <Tag tone={tones[state]}>{say(`keyStates.${state}`)}</Tag>
            </li>
          ))}
        </ul>
      </Panel>
      {isRotating && (
        <DangerDialog
          title={say("rotateTitle")}
          submit={say("rotateKeys")}
          name="rotate"
          route={keyring.rotateKeys}
          input={{}}
          act={rotate}
          onDone={() => {
            toast(say("rotating"));
            setRotating(false);
            again();
          }}
          onClose={() => setRotating(false)}
        >
          <p>{say("rotateWhat")}</p>
        </DangerDialog>
      )}
    </>
  );
}

/** Two open while it is being replaced. */
function Master({ ring, again }: { readonly ring: Ring; readonly again: () => void }): ReactNode {
  const say = useWords(settingsWords);
  const replace = useAct(keyring.rotateMasterKey, { onDone: again });
  const finish = useAct(keyring.forgetMasterKey, { onDone: again });
  const problem = replace.problem ?? finish.problem;
  const isBetween = ring.masters.length > 1;
  return (
    <Panel title={say("master")}>
      <p>{say(isBetween ? "masterBetween" : "masterWhat")}</p>
      <ul className="setting-rows">
        {ring.masters.map((fingerprint) => (
          <li key={fingerprint}>
            <code className="setting-text">{fingerprint}</code>
          </li>
        ))}
      </ul>
      {problem && <ProblemPanel problem={problem} />}
      {isBetween ? (
        <Button loading={finish.isActing} onClick={() => void finish.act({})}>
          {say("masterFinish")}
        </Button>
      ) : (
        <Button loading={replace.isActing} onClick={() => void replace.act({})}>
          {say("masterReplace")}
        </Button>
      )}
    </Panel>
  );
}

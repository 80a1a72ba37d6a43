import { access, type ReplyOf } from "@berth/api";
import { useAct } from "@berth/ui/api/query.ts";
import { DangerDialog } from "@berth/ui/danger/danger-dialog.tsx";
import { Empty, ProblemPanel } from "@berth/ui/feedback/feedback.tsx";
import { knowsPasskeys, makePasskey } from "@berth/ui/feedback/passkey.ts";
import { toast } from "@berth/ui/feedback/toasts.tsx";
import { Panel } from "@berth/ui/frame/page.tsx";
import { ActButton } from "@berth/ui/permission/act-button.tsx";
import { Ago, Moment } from "@berth/ui/time/time.tsx";
import { useWords } from "@berth/ui/words/words.ts";
import { Button } from "antd";
import { type ReactNode, useState } from "react";
import { meWords } from "../../../i18n/areas.ts";
import { CodesOnce } from "./recovery-codes.tsx";

type Passkey = ReplyOf<typeof access.getFactors>["passkeys"][number];

/** Passkeys: they sign in by themselves, and prove anew. */
export function Passkeys({ passkeys }: { readonly passkeys: readonly Passkey[] }): ReactNode {
  const say = useWords(meWords);
  const [codes, setCodes] = useState<readonly string[]>();
  const [removing, remove] = useState<Passkey>();
  const ask = useAct(access.askNewPasskey);
  const add = useAct(access.addPasskey);
  const make = async () => {
    const asked = await ask.act({});
    const attestation = asked && (await makePasskey(asked.options));
    const reply = attestation && (await add.act({ name: say("passkeyName"), attestation }));
    if (reply && reply.recoveryCodes.length > 0) setCodes(reply.recoveryCodes);
    else if (reply) toast(say("passkeyAdded"));
  };
  const problem = ask.problem ?? add.problem;
  const button = (
    <ActButton
      blocked={knowsPasskeys() ? undefined : say("passkeyUnknown")}
      loading={ask.isActing || add.isActing}
      onClick={() => void make()}
    >
      {say("passkeyAdd")}
    </ActButton>
  );
  return (
    <Panel title={say("passkeys")} action={button}>
      {problem && <ProblemPanel problem={problem} />}
      {passkeys.length === 0 ? (
        <Empty title={say("noPasskeys")}>{say("noPasskeysDo")}</Empty>
      ) : (
        <ul className="me-rows">
          {passkeys.map((passkey) => (
            <li key={passkey.id}>
              <div className="me-row-text">
                <strong>{passkey.name}</strong>
                <span className="quiet">
                  {say("madeAt")} <Moment at={passkey.createdAt} />
                  {passkey.usedAt && (
                    <>
                      {" · "}
                      {say("usedAt")} <Ago at={passkey.usedAt} />
                    </>
                  )}
                </span>
              </div>
              <Button onClick={() => remove(passkey)}>{say("passkeyRemove")}</Button>
            </li>
          ))}
        </ul>
      )}
      {codes && <CodesOnce codes={codes} onClose={() => setCodes(undefined)} />}
      {removing && <RemovePasskey passkey={removing} onClose={() => remove(undefined)} />}
    </Panel>
  );
}

function RemovePasskey({ passkey, onClose }: { readonly passkey: Passkey; readonly onClose: () => void }): ReactNode {
  const say = useWords(meWords);
  const remove = useAct(access.removePasskey);
  return (
    <DangerDialog
      title={say("passkeyRemoveTitle", { name: passkey.name })}
      submit={say("passkeyRemove")}
      name={passkey.name}
      route={access.removePasskey}
      input={{ passkeyId: passkey.id }}
      act={remove}
      onDone={() => {
        toast(say("passkeyRemoved"));
        onClose();
      }}
      onClose={onClose}
    />
  );
}

import { access } from "@berth/api";
import { useAct } from "@berth/ui/api/query.ts";
import { ProblemPanel } from "@berth/ui/feedback/feedback.tsx";
import { Panel } from "@berth/ui/frame/page.tsx";
import { ActButton } from "@berth/ui/permission/act-button.tsx";
import { ShowOnce } from "@berth/ui/secret/show-once.tsx";
import { useWords } from "@berth/ui/words/words.ts";
import { type ReactNode, useState } from "react";
import { meWords } from "../../../i18n/areas.ts";

interface RecoveryCodesProps {
  readonly left: number;
  readonly hasFactor: boolean;
}

/** What lets its owner in when the second factor is lost. */
export function RecoveryCodes({ left, hasFactor }: RecoveryCodesProps): ReactNode {
  const say = useWords(meWords);
  const [codes, setCodes] = useState<readonly string[]>();
  const renew = useAct(access.renewRecoveryCodes);
  const make = async () => setCodes((await renew.act({}))?.recoveryCodes);
  return (
    <Panel title={say("recovery")}>
      <div className="me-line">
        <p>{say("recoveryLeft", { count: left })}</p>
        <ActButton
          blocked={hasFactor ? undefined : say("recoveryFirst")}
          loading={renew.isActing}
          onClick={() => void make()}
        >
          {say("recoveryRenew")}
        </ActButton>
      </div>
      {renew.problem && <ProblemPanel problem={renew.problem} />}
      {codes && <CodesOnce codes={codes} onClose={() => setCodes(undefined)} />}
    </Panel>
  );
}

interface CodesProps {
  readonly codes: readonly string[];
  readonly onClose: () => void;
}

export function CodesOnce({ codes, onClose }: CodesProps): ReactNode {
  const say = useWords(meWords);
  const text = codes.join("\n");
  return (
    <ShowOnce
      title={say("recoveryTitle")}
      label={say("recovery")}
      secret={text}
      file={{ name: "berth-recovery-codes.txt", text: `${text}\n` }}
      onClose={onClose}
    >
      <p>{say("recoveryWhat")}</p>
    </ShowOnce>
  );
}

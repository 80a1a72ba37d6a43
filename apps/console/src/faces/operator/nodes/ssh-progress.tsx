import { fleet, type ReplyOf } from "@berth/api";
import { useCall } from "@berth/ui/api/query.ts";
import { Loaded } from "@berth/ui/feedback/feedback.tsx";
import { QuotaBar } from "@berth/ui/numbers/numbers.tsx";
import { Tag } from "@berth/ui/states/state-tag.tsx";
import { useUi } from "@berth/ui/words/ui-words.ts";
import { useWords } from "@berth/ui/words/words.ts";
import { Button, Modal } from "antd";
import type { ReactNode } from "react";
import { nodeWords } from "../../../i18n/areas.ts";
import { JoinProgress } from "./join-progress.tsx";

type Join = ReplyOf<typeof fleet.getSshJoin>;

interface SshProgressProps {
  readonly sshJoinId: Join["id"];
  readonly onClose: () => void;
}

/** What is done on the server now. Closing it stops nothing. */
export function SshProgress({ sshJoinId, onClose }: SshProgressProps): ReactNode {
  const say = useWords(nodeWords);
  const ui = useUi();
  const asked = useCall(fleet.getSshJoin, { sshJoinId }, { everyMs: 1_000, keep: true });
  return (
    <Modal
      open
      title={say("ssh.going", { host: asked.data?.host ?? "" })}
      onCancel={onClose}
      footer={<Button onClick={onClose}>{ui("close")}</Button>}
    >
      <Loaded of={asked}>{(join) => <Going join={join} />}</Loaded>
    </Modal>
  );
}

function Going({ join: { state, step, percent, problem, joinTokenId } }: { readonly join: Join }): ReactNode {
  const say = useWords(nodeWords);
  if (state === "failed")
    return (
      <div className="stack">
        <Tag tone="bad">{say("ssh.failed", { step: say(`ssh.steps.${step}`) })}</Tag>
        <p>{problem?.detail}</p>
      </div>
    );
  return (
    <div className="stack" role="status">
      <p>{say(`ssh.steps.${step}`)}</p>
      <QuotaBar used={percent} all={100} />
      <JoinProgress joinTokenId={joinTokenId} />
    </div>
  );
}

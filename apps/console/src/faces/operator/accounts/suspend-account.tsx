import { staff } from "@berth/api";
import { useAct } from "@berth/ui/api/query.ts";
import { DangerDialog } from "@berth/ui/danger/danger-dialog.tsx";
import { toast } from "@berth/ui/feedback/toasts.tsx";
import { findWord, useWords } from "@berth/ui/words/words.ts";
import { Input } from "antd";
import { type ReactNode, useState } from "react";
import { accountsWords } from "../../../i18n/areas.ts";
import type { Account } from "./account-type.ts";

interface SuspendProps {
  readonly account: Account;
  readonly onClose: () => void;
}

export function SuspendAccount({ account: { id, username }, onClose }: SuspendProps): ReactNode {
  const say = useWords(accountsWords);
  const [reason, setReason] = useState("");
  const suspend = useAct(staff.suspendAccount, { touches: ["leases"] });
  const resume = useAct(staff.resumeAccount);
  return (
    <DangerDialog
      title={say("suspendTitle", { name: username })}
      submit={say("suspend")}
      name={username}
      route={staff.suspendAccount}
      input={{ accountId: id, reason: reason.trim() || say("noReason") }}
      act={suspend}
      sayEvent={(event, count) => findWord(accountsWords, `effects.${event}`, { count })}
      onDone={() => {
        toast(say("suspended", { name: username }), () => void resume.act({ accountId: id }));
        onClose();
      }}
      onClose={onClose}
    >
      <p>{say("suspendWhat")}</p>
      <Input
        aria-label={say("reason")}
        placeholder={say("reason")}
        maxLength={100}
        onBlur={({ currentTarget }) => setReason(currentTarget.value)}
      />
    </DangerDialog>
  );
}

import { leases } from "@berth/api";
import { useAct } from "@berth/ui/api/query.ts";
import { DangerDialog } from "@berth/ui/danger/danger-dialog.tsx";
import { toast } from "@berth/ui/feedback/toasts.tsx";
import { findWord, useWords } from "@berth/ui/words/words.ts";
import type { ReactNode } from "react";
import { leasesWords } from "../../../i18n/areas.ts";
import type { LeaseDialogProps } from "./lease-type.ts";

export function SuspendLease({ lease: { id, planName }, onClose }: LeaseDialogProps): ReactNode {
  const say = useWords(leasesWords);
  const suspend = useAct(leases.suspendLease);
  const resume = useAct(leases.resumeLease);
  return (
    <DangerDialog
      title={say("suspendTitle", { name: planName })}
      submit={say("suspend")}
      name={planName}
      route={leases.suspendLease}
      input={{ leaseId: id, reason: "suspended in the console" }}
      act={suspend}
      sayEvent={(event, count) => findWord(leasesWords, `effects.${event}`, { count })}
      onDone={() => {
        toast(say("suspended"), () => void resume.act({ leaseId: id }));
        onClose();
      }}
      onClose={onClose}
    >
      <p>{say("suspendWhat")}</p>
    </DangerDialog>
  );
}

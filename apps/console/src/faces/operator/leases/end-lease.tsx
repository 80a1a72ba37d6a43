import { leases } from "@berth/api";
import { useAct } from "@berth/ui/api/query.ts";
import { DangerDialog } from "@berth/ui/danger/danger-dialog.tsx";
import { toast } from "@berth/ui/feedback/toasts.tsx";
import { findWord, useWords } from "@berth/ui/words/words.ts";
import type { ReactNode } from "react";
import { leasesWords } from "../../../i18n/areas.ts";
import type { LeaseDialogProps } from "./lease-type.ts";

export function EndLease({ lease: { id, planName }, onClose }: LeaseDialogProps): ReactNode {
  const say = useWords(leasesWords);
  const end = useAct(leases.endLease);
  return (
    <DangerDialog
      title={say("endTitle", { name: planName })}
      submit={say("end")}
      name={planName}
      route={leases.endLease}
      input={{ leaseId: id, reason: "ended in the console" }}
      act={end}
      isIrreversible
      sayEvent={(event, count) => findWord(leasesWords, `effects.${event}`, { count })}
      onDone={() => {
        toast(say("endedNow"));
        onClose();
      }}
      onClose={onClose}
    >
      <p>{say("endWhat")}</p>
    </DangerDialog>
  );
}

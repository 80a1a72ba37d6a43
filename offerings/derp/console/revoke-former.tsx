import { configurations } from "@berth/api";
import { useAct } from "@berth/ui/api/query.ts";
import { DangerDialog } from "@berth/ui/danger/danger-dialog.tsx";
import { toast } from "@berth/ui/feedback/toasts.tsx";
import type { Lease } from "@berth/ui/offering/console-part.ts";
import { useWords } from "@berth/ui/words/words.ts";
import type { ReactNode } from "react";
import { derpWords } from "./derp-words.ts";
import { sayEffect } from "./say-effect.ts";
import type { Version } from "./version-type.ts";

interface RevokeProps {
  readonly lease: Lease;
  readonly former: Version;
  readonly onClose: () => void;
}

export function RevokeFormer({ lease, former: { version: number }, onClose }: RevokeProps): ReactNode {
  const say = useWords(derpWords);
  const revoke = useAct(configurations.revokeFormerConfiguration);
  return (
    <DangerDialog
      title={say("versions.revokeTitle", { number })}
      submit={say("versions.revoke")}
      name={lease.planName}
      route={configurations.revokeFormerConfiguration}
      input={{ leaseId: lease.id }}
      act={revoke}
      sayEvent={sayEffect}
      onDone={() => {
        toast(say("versions.revoked", { number }));
        onClose();
      }}
      onClose={onClose}
    >
      <p>{say("versions.revokeWhat")}</p>
    </DangerDialog>
  );
}

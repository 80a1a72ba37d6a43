import { fleet } from "@berth/api";
import { useAct } from "@berth/ui/api/query.ts";
import { DangerDialog } from "@berth/ui/danger/danger-dialog.tsx";
import { toast } from "@berth/ui/feedback/toasts.tsx";
import { findWord, useWords } from "@berth/ui/words/words.ts";
import type { ReactNode } from "react";
import { nodeWords } from "../../../i18n/areas.ts";
import type { Node } from "./node-type.ts";

interface RevokeNodeProps {
  readonly node: Node;
  readonly onClose: () => void;
}

export function RevokeNode({ node: { id, name }, onClose }: RevokeNodeProps): ReactNode {
  const say = useWords(nodeWords);
  const revoke = useAct(fleet.revokeNode, { touches: ["leases"] });
  return (
    <DangerDialog
      title={say("revokeTitle", { name })}
      submit={say("revoke")}
      name={name}
      route={fleet.revokeNode}
      input={{ nodeId: id, reason: "revoked in the console" }}
      act={revoke}
      isIrreversible
      sayEvent={(event, count) => findWord(nodeWords, `effects.${event}`, { count })}
      onDone={() => {
        toast(say("revoked", { name }));
        onClose();
      }}
      onClose={onClose}
    >
      <p>{say("revokeWhat")}</p>
    </DangerDialog>
  );
}

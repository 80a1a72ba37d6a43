import { configurations } from "@berth/api";
import { useAct } from "@berth/ui/api/query.ts";
import { DangerDialog } from "@berth/ui/danger/danger-dialog.tsx";
import { toast } from "@berth/ui/feedback/toasts.tsx";
import type { Lease } from "@berth/ui/offering/console-part.ts";
import { toMoment } from "@berth/ui/time/format.ts";
import { useWords } from "@berth/ui/words/words.ts";
import { Radio } from "antd";
import { type ReactNode, useState } from "react";
import { derpWords } from "./derp-words.ts";
import { sayEffect } from "./say-effect.ts";
import type { Version } from "./version-type.ts";

interface RenewProps {
  readonly lease: Lease;
  readonly former: Version | undefined;
  readonly onClose: () => void;
}

/** Another version now; the one before stays beside it for three days, or ends at once because somebody else has it. */
export function Renew({ lease, former, onClose }: RenewProps): ReactNode {
  const say = useWords(derpWords);
  const [keeping, keep] = useState<"keep" | "revoke">(former ? "revoke" : "keep");
  const renew = useAct(configurations.renewConfiguration, { touches: ["leases"] });
  return (
    <DangerDialog
      title={say("versions.renewTitle")}
      submit={say("versions.renew")}
      name={lease.planName}
      route={configurations.renewConfiguration}
      input={{ leaseId: lease.id, former: keeping }}
      act={renew}
      sayEvent={sayEffect}
      onDone={({ version }) => {
        toast(say("versions.renewed", { number: version }));
        onClose();
      }}
      onClose={onClose}
    >
      <p>{say("versions.renewWhat")}</p>
      <Radio.Group
        className="derp-choices"
        aria-label={say("versions.formerOne")}
        value={keeping}
        onChange={({ target }) => keep(target.value)}
        options={[
          { value: "keep", label: say("versions.keep"), disabled: former !== undefined },
          { value: "revoke", label: say("versions.leaked") },
        ]}
      />
      {former?.until && (
        <p className="quiet">
          {say("versions.cantKeep", { number: former.version, at: toMoment(new Date(former.until)) })}
        </p>
      )}
    </DangerDialog>
  );
}

import { derp, leases } from "@berth/api";
import { useAct, useCall } from "@berth/ui/api/query.ts";
import { ConnectBlock } from "@berth/ui/connect/connect-block.tsx";
import { DangerDialog } from "@berth/ui/danger/danger-dialog.tsx";
import { Loaded } from "@berth/ui/feedback/feedback.tsx";
import { toast } from "@berth/ui/feedback/toasts.tsx";
import { Panel } from "@berth/ui/frame/page.tsx";
import type { Lease } from "@berth/ui/offering/console-part.ts";
import { findWord, useWords } from "@berth/ui/words/words.ts";
import { type ReactNode, useState } from "react";
import { derpWords } from "./derp-words.ts";
import { Devices } from "./devices.tsx";
import { FewerRelays } from "./fewer-relays.tsx";
import { Knocks } from "./knocks.tsx";
import { Relays } from "./relays.tsx";
import "./derp.css";

/** How to connect, who knocks, which devices there are, and which relays serve. */
export function LeasePanel({ lease }: { readonly lease: Lease }): ReactNode {
  return (
    <>
      <FewerRelays lease={lease} />
      <Connect lease={lease} />
      <Knocks lease={lease} />
      <Devices lease={lease} />
      <Relays instances={lease.instances} />
    </>
  );
}

function Connect({ lease: { id, planName } }: { readonly lease: Lease }): ReactNode {
  const say = useWords(derpWords);
  const [isRotating, setRotating] = useState(false);
  const asked = useCall(derp.getConfiguration, { leaseId: id });
  const devices = useCall(leases.listDevices, { leaseId: id });
  const rotate = useAct(derp.rotateConfiguration);
  const used = devices.data?.items.some(({ usedBytes }) => usedBytes !== "0");
  return (
    <Panel title={say("connect")}>
      <Loaded of={asked}>
        {({ url }) => (
          <ConnectBlock
            link={url}
            warning={say("secret")}
            isSeen={devices.data?.items.length ? used : undefined}
            onRotate={() => setRotating(true)}
            ways={[
              { name: say("derpmap"), how: say("derpmapHow"), link: url },
              { name: say("policy"), how: say("policyHow"), link: `${url}?form=policy` },
              { name: say("headscale"), how: say("headscaleHow"), link: `${url}?form=headscale` },
            ]}
          />
        )}
      </Loaded>
      {isRotating && (
        <DangerDialog
          title={say("rotateTitle")}
          submit={say("rotate")}
          name={planName}
          route={derp.rotateConfiguration}
          input={{ leaseId: id }}
          act={rotate}
          sayEvent={(event, count) => findWord(derpWords, `effects.${event}`, { count })}
          onDone={() => {
            toast(say("rotated"));
            setRotating(false);
          }}
          onClose={() => setRotating(false)}
        >
          <p>{say("rotateWhat")}</p>
        </DangerDialog>
      )}
    </Panel>
  );
}

import { configurations } from "@berth/api";
import { useCall } from "@berth/ui/api/query.ts";
import { Loaded } from "@berth/ui/feedback/feedback.tsx";
import { Panel } from "@berth/ui/frame/page.tsx";
import type { Lease } from "@berth/ui/offering/console-part.ts";
import { ActButton } from "@berth/ui/permission/act-button.tsx";
import { Tag } from "@berth/ui/states/state-tag.tsx";
import type { Tone } from "@berth/ui/states/tones.ts";
import { Deadline, Moment } from "@berth/ui/time/time.tsx";
import { useWords } from "@berth/ui/words/words.ts";
import { type ReactNode, useState } from "react";
import { derpWords } from "./derp-words.ts";
import { Renew } from "./renew.tsx";
import { RevokeFormer } from "./revoke-former.tsx";
import { VersionChanges } from "./version-changes.tsx";
import type { Version } from "./version-type.ts";
import "./derp.css";

const tones: Readonly<Record<Version["state"], Tone>> = {
  present: "good",
  former: "busy",
  expired: "over",
  revoked: "over",
  lease_over: "over",
};

/** What people hold to reach this lease: which version works, until when, and what changed. */
export default function Versions({ lease }: { readonly lease: Lease }): ReactNode {
  const say = useWords(derpWords);
  const asked = useCall(configurations.listConfigurations, { leaseId: lease.id });
  const former = asked.data?.items.find(({ state }) => state === "former");
  return (
    <Panel title={say("versions.title")} action={<Actions lease={lease} former={former} />}>
      <Loaded of={asked} lines={4}>
        {({ items }) => (
          <>
            <p className="quiet">{say("versions.intro")}</p>
            <ol className="derp-rows" aria-label={say("versions.title")}>
              {items.map((version) => (
                <VersionRow key={version.version} version={version} />
              ))}
            </ol>
          </>
        )}
      </Loaded>
    </Panel>
  );
}

interface ActionsProps {
  readonly lease: Lease;
  /** The version that works beside the present one. */
  readonly former: Version | undefined;
}

function Actions({ lease, former }: ActionsProps): ReactNode {
  const say = useWords(derpWords);
  const [doing, setDoing] = useState<"renew" | "revoke">();
  const close = () => setDoing(undefined);
  if (lease.state !== "active" && lease.state !== "suspended") return null;
  return (
    <>
      {former && (
        <ActButton permission="leases.write" onClick={() => setDoing("revoke")}>
          {say("versions.revoke")}
        </ActButton>
      )}
      <ActButton permission="leases.write" onClick={() => setDoing("renew")}>
        {say("versions.renew")}
      </ActButton>
      {doing === "renew" && <Renew lease={lease} former={former} onClose={close} />}
      {doing === "revoke" && former && <RevokeFormer lease={lease} former={former} onClose={close} />}
    </>
  );
}

function VersionRow({ version }: { readonly version: Version }): ReactNode {
  const say = useWords(derpWords);
  const { version: number, state, why, madeAt, renewsAt, until, endedAt } = version;
  return (
    <li className="derp-version">
      <div className="row">
        <strong>{say("versions.name", { number })}</strong>
        <Tag tone={tones[state]}>{say(`versions.states.${state}`)}</Tag>
        <span className="quiet">
          {say(`versions.why.${why}`)} · <Moment at={madeAt} />
        </span>
      </div>
      <dl className="facts">
        {state === "present" && (
          <Fact label={say("versions.renews")}>
            {renewsAt ? <Deadline at={renewsAt} /> : say("versions.renewsNever")}
          </Fact>
        )}
        {(state === "present" || state === "former") && (
          <Fact label={say("versions.until")}>{until ? <Deadline at={until} /> : say("versions.untilLease")}</Fact>
        )}
        {endedAt && (
          <Fact label={say("versions.ended")}>
            <Moment at={endedAt} />
          </Fact>
        )}
      </dl>
      <VersionChanges version={version} />
    </li>
  );
}

function Fact({ label, children }: { readonly label: string; readonly children: ReactNode }): ReactNode {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

import { Note } from "@berth/ui/feedback/feedback.tsx";
import { toGb } from "@berth/ui/numbers/format.ts";
import { QuotaBar, Traffic } from "@berth/ui/numbers/numbers.tsx";
import { StateTag } from "@berth/ui/states/state-tag.tsx";
import { leaseState } from "@berth/ui/states/tones.ts";
import { now } from "@berth/ui/time/clock.ts";
import { toDate } from "@berth/ui/time/format.ts";
import { useUi } from "@berth/ui/words/ui-words.ts";
import { useLanguage, useWords } from "@berth/ui/words/words.ts";
import type { ReactNode } from "react";
import { serviceWords } from "../../../i18n/areas.ts";
import { awayOf, type Lease, renewsAt } from "./own-leases.ts";

export function LeaseState({ lease: { state, until, suspendedFor } }: { readonly lease: Lease }): ReactNode {
  const ui = useUi();
  const why = suspendedFor ? ui(`states.suspendedFor.${suspendedFor}`) : undefined;
  return <StateTag of="lease" state={leaseState(state, until, now())} why={why} />;
}

/** What is not well, and what to do; nothing while all is well. */
export function LeaseWhy({ lease }: { readonly lease: Lease }): ReactNode {
  const say = useWords(serviceWords);
  if (lease.suspendedFor === "quota") return <Note>{say("quotaOver")}</Note>;
  if (lease.suspendedFor === "staff") return <Note>{say("staffStopped")}</Note>;
  const away = awayOf(lease);
  if (away > 0) return <Note>{say("someAway", { away, all: lease.instances.length })}</Note>;
  return null;
}

export function TrafficLeft({ lease }: { readonly lease: Lease }): ReactNode {
  const say = useWords(serviceWords);
  const ui = useUi();
  const language = useLanguage();
  const { usedBytes, trafficBytes } = lease;
  if (trafficBytes === null) {
    return (
      <>
        <span className="lease-figure">{ui("unlimited")}</span>
        <span className="quiet">{say("usedSoFar", { used: toGb(usedBytes, language) })}</span>
      </>
    );
  }
  const left = BigInt(trafficBytes) - BigInt(usedBytes);
  const renews = renewsAt(lease);
  return (
    <>
      <span className="lease-figure">
        <Traffic bytes={(left > 0n ? left : 0n).toString()} />
      </span>
      <QuotaBar used={Number(usedBytes)} all={Number(trafficBytes)} />
      <span className="quiet">
        {say("ofQuota", { used: toGb(usedBytes, language), all: toGb(trafficBytes, language) })}
        {renews && ` · ${say("renews", { at: toDate(new Date(renews)) })}`}
      </span>
    </>
  );
}

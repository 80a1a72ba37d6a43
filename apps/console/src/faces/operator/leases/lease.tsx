import { leases } from "@berth/api";
import { useAct, useCall } from "@berth/ui/api/query.ts";
import { Detail, Figure, Figures, useTab } from "@berth/ui/detail/detail.tsx";
import { Loaded, Skeleton } from "@berth/ui/feedback/feedback.tsx";
import { toast } from "@berth/ui/feedback/toasts.tsx";
import { AppLink, useParam } from "@berth/ui/frame/links.tsx";
import { ActButton } from "@berth/ui/permission/act-button.tsx";
import { useMay } from "@berth/ui/permission/session.ts";
import { Deadline, Moment } from "@berth/ui/time/time.tsx";
import { useWords } from "@berth/ui/words/words.ts";
import { type ReactNode, Suspense, useState } from "react";
import { leasesWords } from "../../../i18n/areas.ts";
import { leasePanelOf } from "../../../offerings.ts";
import { Events } from "../../../parts/events.tsx";
import { LeaseTag, Used } from "../../../parts/lease-columns.tsx";
import { EndLease } from "./end-lease.tsx";
import { LeaseInstances } from "./instances.tsx";
import type { Lease } from "./lease-type.ts";
import { SuspendLease } from "./suspend-lease.tsx";

export default function LeasePage(): ReactNode {
  const leaseId = useParam("leaseId") as Lease["id"];
  const asked = useCall(leases.getLease, { leaseId });
  return <Loaded of={asked}>{(lease) => <LeaseDetail lease={lease} />}</Loaded>;
}

const isOver = ({ state }: Lease) => state === "ended" || state === "expired";

function LeaseDetail({ lease }: { readonly lease: Lease }): ReactNode {
  const say = useWords(leasesWords);
  const [doing, setDoing] = useState<"suspend" | "end">();
  const at = `/operator/leases/${lease.id}`;
  const tabs = useTabs(lease);
  const tab = useTab(at, tabs);
  const end = { key: "end", label: say("end"), danger: true, onChoose: () => setDoing("end") };
  return (
    <Detail
      name={lease.planName}
      at={at}
      tabs={tabs}
      state={<LeaseTag lease={lease} />}
      actions={<MainAction lease={lease} onSuspend={() => setDoing("suspend")} />}
      choices={isOver(lease) ? [] : [end]}
      figures={<LeaseFigures lease={lease} />}
    >
      {tab === "instances" && <LeaseInstances lease={lease} />}
      {tab === "access" && <Access lease={lease} />}
      {tab === "events" && <Events of={{ leaseId: lease.id }} />}
      {doing === "suspend" && <SuspendLease lease={lease} onClose={() => setDoing(undefined)} />}
      {doing === "end" && <EndLease lease={lease} onClose={() => setDoing(undefined)} />}
    </Detail>
  );
}

function useTabs(lease: Lease) {
  const say = useWords(leasesWords);
  const mayReadEvents = useMay("events.read");
  const keys = [
    "instances" as const,
    ...(isOver(lease) ? [] : (["access"] as const)),
    ...(mayReadEvents ? (["events"] as const) : []),
  ];
  return keys.map((key) => ({ key, label: say(`tabs.${key}`) }));
}

/** What the customer sees of it. */
function Access({ lease }: { readonly lease: Lease }): ReactNode {
  const Kind = leasePanelOf(lease.kind);
  if (!Kind) return null;
  return (
    <Suspense fallback={<Skeleton lines={6} />}>
      <Kind lease={lease} />
    </Suspense>
  );
}

function MainAction({ lease, onSuspend }: { readonly lease: Lease; readonly onSuspend: () => void }): ReactNode {
  const say = useWords(leasesWords);
  const resume = useAct(leases.resumeLease);
  if (isOver(lease)) return null;
  const resumed = async () => {
    if (await resume.act({ leaseId: lease.id })) toast(say("resumed"));
  };
  if (lease.suspendedFor === "staff")
    return (
      <ActButton permission="leases.any" primary loading={resume.isActing} onClick={() => void resumed()}>
        {say("resume")}
      </ActButton>
    );
  return (
    <ActButton
      permission="leases.any"
      blocked={lease.state === "suspended" ? say("byQuota") : undefined}
      onClick={onSuspend}
    >
      {say("suspend")}
    </ActButton>
  );
}

function LeaseFigures({ lease }: { readonly lease: Lease }): ReactNode {
  const say = useWords(leasesWords);
  return (
    <Figures>
      <Figure label={isOver(lease) ? say("ended") : say("until")}>
        {isOver(lease) ? <Moment at={lease.until} /> : <Deadline at={lease.until} />}
      </Figure>
      <Figure label={say("used")}>
        <Used lease={lease} />
      </Figure>
      <Figure label={say("account")}>
        <AppLink to={`/operator/accounts/${lease.accountId}`}>…{lease.accountId.slice(-8)}</AppLink>
      </Figure>
      <Figure label={say("started")}>
        <Moment at={lease.startsAt} />
      </Figure>
      <Figure label={say("id")}>
        <code className="wrap-any">{lease.id}</code>
      </Figure>
    </Figures>
  );
}

import { leases } from "@berth/api";
import { useCall } from "@berth/ui/api/query.ts";
import { Detail, Figure, Figures, type Tab, useTab } from "@berth/ui/detail/detail.tsx";
import { Loaded, Skeleton } from "@berth/ui/feedback/feedback.tsx";
import { useParam } from "@berth/ui/frame/links.tsx";
import type { ConsolePart } from "@berth/ui/offering/console-part.ts";
import { Deadline, Moment } from "@berth/ui/time/time.tsx";
import { useWords } from "@berth/ui/words/words.ts";
import { type ComponentType, type ReactNode, Suspense, use } from "react";
import { serviceWords } from "../../../i18n/areas.ts";
import { loadPart } from "../../../offerings.ts";
import { LeaseState, LeaseWhy, TrafficLeft } from "./lease-parts.tsx";
import { isOver, type Lease } from "./own-leases.ts";
import "./leases.css";

/** One service: connected? what is left? Its kind says how to connect. */
export default function LeasePage(): ReactNode {
  const leaseId = useParam("leaseId") as Lease["id"];
  const asked = useCall(leases.getLease, { leaseId });
  return <Loaded of={asked}>{(lease) => <LeaseDetail lease={lease} />}</Loaded>;
}

function LeaseDetail({ lease }: { readonly lease: Lease }): ReactNode {
  return (
    <Suspense fallback={<Skeleton lines={8} />}>
      <WithKind lease={lease} />
    </Suspense>
  );
}

function WithKind({ lease }: { readonly lease: Lease }): ReactNode {
  const say = useWords(serviceWords);
  const part = use(loadPart(lease.kind));
  const at = `/leases/${lease.id}`;
  const shown = partsOf(lease, part, say("connect"));
  const tab = useTab(at, shown);
  const { Panel, help } = shown.find(({ key }) => key === tab) ?? {};
  const why = lease.suspendedFor || !isOver(lease) ? <LeaseWhy lease={lease} /> : null;
  return (
    <Detail
      name={lease.planName}
      at={at}
      tabs={shown}
      help={help}
      state={<LeaseState lease={lease} />}
      figures={
        <>
          {why}
          <Figures>
            <Figure label={isOver(lease) ? say("over") : say("timeLeft")}>
              {isOver(lease) ? <Moment at={lease.until} /> : <Deadline at={lease.until} />}
            </Figure>
            <Figure label={say("trafficLeft")}>
              <TrafficLeft lease={lease} />
            </Figure>
          </Figures>
        </>
      }
    >
      {Panel && (
        <Suspense fallback={<Skeleton lines={6} />}>
          <Panel lease={lease} />
        </Suspense>
      )}
    </Detail>
  );
}

interface Shown extends Tab {
  readonly help: string;
  readonly Panel: ComponentType<{ readonly lease: Lease }>;
}

/** How to connect comes first, while there is something to connect to. */
function partsOf(lease: Lease, part: ConsolePart | undefined, connect: string): readonly Shown[] {
  if (!part) return [];
  const { LeasePanel, leaseTabs = [] } = part;
  const more = leaseTabs.map(({ label, ...tab }) => ({ ...tab, label: label() }));
  if (isOver(lease)) return more.filter(({ isForFormer }) => isForFormer);
  return [{ key: "connect", label: connect, help: "/help/tailscale", Panel: LeasePanel }, ...more];
}

import { leases } from "@berth/api";
import { useCall } from "@berth/ui/api/query.ts";
import { Detail, Figure, Figures } from "@berth/ui/detail/detail.tsx";
import { Loaded, Skeleton } from "@berth/ui/feedback/feedback.tsx";
import { useParam } from "@berth/ui/frame/links.tsx";
import { Deadline, Moment } from "@berth/ui/time/time.tsx";
import { useWords } from "@berth/ui/words/words.ts";
import { type ReactNode, Suspense } from "react";
import { serviceWords } from "../../../i18n/areas.ts";
import { leasePanelOf } from "../../../offerings.ts";
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
  const say = useWords(serviceWords);
  const Kind = leasePanelOf(lease.kind);
  const why = lease.suspendedFor || !isOver(lease) ? <LeaseWhy lease={lease} /> : null;
  return (
    <Detail
      name={lease.planName}
      at={`/leases/${lease.id}`}
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
      {Kind && !isOver(lease) && (
        <Suspense fallback={<Skeleton lines={6} />}>
          <Kind lease={lease} />
        </Suspense>
      )}
    </Detail>
  );
}

import type { leases, ReplyOf } from "@berth/api";
import type { Column } from "@berth/ui/list/types.ts";
import { toGb } from "@berth/ui/numbers/format.ts";
import { QuotaBar } from "@berth/ui/numbers/numbers.tsx";
import { StateTag } from "@berth/ui/states/state-tag.tsx";
import { instanceState, leaseState } from "@berth/ui/states/tones.ts";
import { now } from "@berth/ui/time/clock.ts";
import { Moment } from "@berth/ui/time/time.tsx";
import { useUi } from "@berth/ui/words/ui-words.ts";
import { useLanguage, useWords } from "@berth/ui/words/words.ts";
import type { ReactNode } from "react";
import { leasesWords } from "../i18n/areas.ts";

export type Lease = ReplyOf<typeof leases.listLeases>["items"][number];

/** A lease's state with its reason, and as one that ends soon while it does. */
export function LeaseTag({ lease: { state, until, suspendedFor } }: { readonly lease: Lease }): ReactNode {
  const ui = useUi();
  const why = suspendedFor ? ui(`states.suspendedFor.${suspendedFor}`) : undefined;
  return <StateTag of="lease" state={leaseState(state, until, now())} why={why} />;
}

export function useLeaseColumns(): Column<Lease>[] {
  const say = useWords(leasesWords);
  return [
    { key: "plan", title: say("plan"), isFixed: true, cell: ({ planName }) => planName },
    { key: "state", title: say("state"), cell: (lease) => <LeaseTag lease={lease} /> },
    { key: "until", title: say("until"), sort: "until", cell: ({ until }) => <Moment at={until} /> },
    { key: "used", title: say("used"), sort: "used", isFigure: true, cell: (lease) => <Used lease={lease} /> },
    { key: "instances", title: say("running"), isFigure: true, cell: (lease) => <RunningOf lease={lease} /> },
    {
      key: "account",
      title: say("account"),
      cell: ({ accountId }) => <code title={accountId}>…{accountId.slice(-8)}</code>,
    },
    { key: "id", title: say("id"), isHidden: true, cell: ({ id }) => <code>{id}</code> },
  ];
}

export function Used({ lease: { usedBytes, trafficBytes } }: { readonly lease: Lease }): ReactNode {
  const say = useWords(leasesWords);
  const language = useLanguage();
  const used = toGb(usedBytes, language);
  if (trafficBytes === null) return <span className="figure">{used}</span>;
  return (
    <span className="figure">
      {say("usedOf", { used, all: toGb(trafficBytes, language) })}
      <QuotaBar used={Number(usedBytes)} all={Number(trafficBytes)} />
    </span>
  );
}

function RunningOf({ lease: { instances } }: { readonly lease: Lease }): ReactNode {
  const say = useWords(leasesWords);
  const count = instances.filter(({ phase, nodeState }) => instanceState(phase, nodeState) === "running").length;
  return say("runningOf", { count, all: instances.length });
}

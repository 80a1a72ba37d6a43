import { leases } from "@berth/api";
import { Empty } from "@berth/ui/feedback/feedback.tsx";
import { AppLink } from "@berth/ui/frame/links.tsx";
import { Page } from "@berth/ui/frame/page.tsx";
import { List } from "@berth/ui/list/list.tsx";
import type { BulkAction, Selection } from "@berth/ui/list/types.ts";
import { BatchDialog } from "@berth/ui/operation/batch-dialog.tsx";
import { now } from "@berth/ui/time/clock.ts";
import { dayMs } from "@berth/ui/time/format.ts";
import { useUi } from "@berth/ui/words/ui-words.ts";
import { useWords } from "@berth/ui/words/words.ts";
import { type ReactNode, useState } from "react";
import { leasesWords } from "../../../i18n/areas.ts";
import { type Lease, useLeaseColumns } from "../../../parts/lease-columns.tsx";

const states = ["active", "pending", "suspended", "expired", "ended"] as const;

type Marked = { readonly to: "suspend" | "resume"; readonly selection: Selection<Lease> };

export default function Leases(): ReactNode {
  const say = useWords(leasesWords);
  const ui = useUi();
  const [marked, mark] = useState<Marked>();
  const columns = useLeaseColumns();
  const toBulk = (to: Marked["to"]): BulkAction<Lease> => ({
    key: to,
    label: say(to),
    permission: "leases.any",
    isDanger: to === "suspend",
    run: (selection) => mark({ to, selection }),
  });
  return (
    <Page title={say("title")}>
      <List
        name="leases"
        title={say("title")}
        route={leases.listLeases}
        counts={leases.countLeases}
        columns={columns}
        keyOf={({ id }) => id}
        nameOf={({ planName }) => planName}
        hrefOf={({ id }) => `/operator/leases/${id}`}
        states={states.map((value) => ({ value, label: ui(`states.lease.${value}`) }))}
        search={say("search")}
        filters={[
          { name: "endsFrom", label: say("endsFrom"), kind: "date" },
          { name: "endsTo", label: say("endsTo"), kind: "date" },
          {
            name: "usedPercent",
            label: say("usedPercent"),
            kind: "choice",
            options: ["80", "95", "100"].map((value) => ({ value, label: say("usedOver", { percent: value }) })),
          },
        ]}
        views={[
          { name: say("views.ending"), query: `state=active&endsTo=${soon()}&sort=until` },
          { name: say("views.over80"), query: "state=active&usedPercent=80" },
        ]}
        bulk={(["suspend", "resume"] as const).map(toBulk)}
        empty={
          <Empty title={say("empty")} action={<AppLink to="/operator/serials">{say("toSerials")}</AppLink>}>
            {say("emptyDo")}
          </Empty>
        }
      />
      {marked && <Many marked={marked} onClose={() => mark(undefined)} />}
    </Page>
  );
}

/** A week from the last full hour: the same address for everybody who asks in it. */
function soon(): string {
  const hourMs = 3_600_000;
  return new Date(Math.floor(now() / hourMs) * hourMs + 7 * dayMs).toISOString();
}

function Many({ marked: { to, selection }, onClose }: { readonly marked: Marked; readonly onClose: () => void }) {
  const say = useWords(leasesWords);
  const shared = {
    selection,
    list: leases.listLeases,
    nameOf: ({ planName, accountId }: Lease) => `${planName} · …${accountId.slice(-8)}`,
    title: (count: number) => say(to === "suspend" ? "suspendMany" : "resumeMany", { count }),
    submit: say(to),
    onClose,
  };
  if (to === "resume")
    return <BatchDialog {...shared} batch={leases.resumeLeases} toItem={({ id }) => ({ leaseId: id })} />;
  return (
    <BatchDialog
      {...shared}
      isDanger
      batch={leases.suspendLeases}
      toItem={({ id }) => ({ leaseId: id, reason: "suspended in the console" })}
    >
      <p>{say("suspendWhat")}</p>
    </BatchDialog>
  );
}

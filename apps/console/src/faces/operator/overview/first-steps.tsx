import { catalogue, fleet, leases, serials } from "@berth/api";
import { useCall } from "@berth/ui/api/query.ts";
import { AppLink } from "@berth/ui/frame/links.tsx";
import { Panel } from "@berth/ui/frame/page.tsx";
import { useMay } from "@berth/ui/permission/session.ts";
import { ToneIcon } from "@berth/ui/states/tone-icon.tsx";
import { useWords } from "@berth/ui/words/words.ts";
import type { ReactNode } from "react";
import { overviewWords } from "../../../i18n/areas.ts";

/** The way from nothing to the first customer. It ticks itself, and goes when it is done. */
export function FirstSteps(): ReactNode {
  const mayAdd = useMay("nodes.write");
  const maySell = useMay("serials.write");
  return mayAdd && maySell ? <Steps /> : null;
}

function Steps(): ReactNode {
  const say = useWords(overviewWords);
  const asked = [
    useCall(fleet.listNodes, { limit: 1 }),
    useCall(catalogue.listPlans, { limit: 1 }),
    useCall(serials.listBatches, { limit: 1 }),
    useCall(leases.listLeases, { limit: 1 }),
  ];
  if (asked.some(({ data }) => !data)) return null;
  const isDone = asked.map(({ data }) => (data?.items.length ?? 0) > 0);
  const next = isDone.indexOf(false);
  if (next < 0) return null;
  const steps = [
    { to: "/operator/nodes", name: say("step.node"), why: say("step.nodeWhy") },
    { to: "/operator/plans", name: say("step.plan"), why: say("step.planWhy") },
    { to: "/operator/serials", name: say("step.serials"), why: say("step.serialsWhy") },
    { to: "", name: say("step.redeem"), why: say("step.redeemWhy", { address: `${location.origin}/sign-up` }) },
  ];
  return (
    <Panel title={say("steps")}>
      <ol className="steps">
        {steps.map(({ to, name, why }, at) => (
          <li key={name} aria-current={at === next ? "step" : undefined}>
            <ToneIcon tone={isDone[at] ? "good" : at === next ? "busy" : "over"} />
            <div>
              {to === "" || isDone[at] ? <strong>{name}</strong> : <AppLink to={to}>{name}</AppLink>}
              {!isDone[at] && <p className="quiet">{why}</p>}
            </div>
          </li>
        ))}
      </ol>
    </Panel>
  );
}

import { audit, fleet, leases, metering } from "@berth/api";
import { useCall } from "@berth/ui/api/query.ts";
import { Figure, Figures } from "@berth/ui/detail/detail.tsx";
import { Loaded } from "@berth/ui/feedback/feedback.tsx";
import { AppLink } from "@berth/ui/frame/links.tsx";
import { Page, Panel } from "@berth/ui/frame/page.tsx";
import { toCount } from "@berth/ui/numbers/format.ts";
import { Traffic } from "@berth/ui/numbers/numbers.tsx";
import { useMay } from "@berth/ui/permission/session.ts";
import { now } from "@berth/ui/time/clock.ts";
import { dayMs, hourMs } from "@berth/ui/time/format.ts";
import { useLanguage, useWords } from "@berth/ui/words/words.ts";
import { type ReactNode, useState } from "react";
import { overviewWords } from "../../../i18n/areas.ts";
import { EventLines } from "../../../parts/events.tsx";
import { FirstSteps } from "./first-steps.tsx";
import { Needs } from "./needs.tsx";
import { Rate } from "./rate.tsx";
import "./overview.css";

/** Does anything need me? */
export default function Overview(): ReactNode {
  const say = useWords(overviewWords);
  return (
    <Page title={say("title")}>
      <Needs />
      <FirstSteps />
      <Day />
      <Rate />
      <Latest />
    </Page>
  );
}

/** The whole hours of the last day: the same question all hour long. */
function useLastDay() {
  const [to] = useState(() => Math.ceil(now() / hourMs) * hourMs);
  return { step: "hour", from: new Date(to - dayMs).toISOString(), to: new Date(to).toISOString() } as const;
}

function Day(): ReactNode {
  const say = useWords(overviewWords);
  const language = useLanguage();
  const nodes = useCall(fleet.countNodes, {}, { enabled: useMay("nodes.read") });
  const active = useCall(leases.countLeases, {}, { enabled: useMay("leases.any") });
  const usage = useCall(metering.getUsage, useLastDay(), { enabled: useMay("usage.read") });
  const { online = 0, cordoned = 0, offline = 0, joining = 0 } = nodes.data?.states ?? {};
  const running = online + cordoned;
  return (
    <Figures>
      <Figure label={say("nodesOnline")}>
        <AppLink to="/operator/nodes">
          {nodes.data ? say("ofAll", { some: running, all: running + offline + joining }) : "–"}
        </AppLink>
      </Figure>
      <Figure label={say("leasesActive")}>
        <AppLink to="/operator/leases?state=active">
          {active.data ? toCount(active.data.states.active, language) : "–"}
        </AppLink>
      </Figure>
      <Figure label={say("usedToday")}>{usage.data ? <Traffic bytes={usage.data.totalBytes} /> : "–"}</Figure>
    </Figures>
  );
}

function Latest(): ReactNode {
  const say = useWords(overviewWords);
  const may = useMay("events.read");
  const asked = useCall(audit.listEvents, { limit: 10 }, { enabled: may, keep: true });
  if (!may) return null;
  return (
    <Panel title={say("latest")}>
      <Loaded of={asked}>{({ items }) => <EventLines items={items} />}</Loaded>
    </Panel>
  );
}

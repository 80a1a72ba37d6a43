import { metering, type ReplyOf } from "@berth/api";
import { useCall } from "@berth/ui/api/query.ts";
import { Chart } from "@berth/ui/chart/chart.tsx";
import type { Point } from "@berth/ui/chart/points.ts";
import { Sparkline } from "@berth/ui/chart/sparkline.tsx";
import { Loaded } from "@berth/ui/feedback/feedback.tsx";
import { AppLink, useQuery } from "@berth/ui/frame/links.tsx";
import { Panel } from "@berth/ui/frame/page.tsx";
import { toGb } from "@berth/ui/numbers/format.ts";
import { Traffic } from "@berth/ui/numbers/numbers.tsx";
import type { Lease } from "@berth/ui/offering/console-part.ts";
import { useLanguage, useWords } from "@berth/ui/words/words.ts";
import type { ReactNode } from "react";
import { derpWords } from "./derp-words.ts";
import { UsageFigures } from "./usage-figures.tsx";
import "./derp.css";

type Usage = ReplyOf<typeof metering.getLeaseUsage>;

const steps = { day: "5m", week: "hour", month: "day" } as const;
type Span = keyof typeof steps;
const spans = Object.keys(steps) as Span[];

/** Counters leave no event: they are asked for while somebody looks. */
const askEveryMs = 30_000;

/** What was used: now, of the quota, over time and by device. */
export default function LeaseUsage({ lease }: { readonly lease: Lease }): ReactNode {
  const [query] = useQuery();
  const span = spans.find((one) => one === query.span) ?? "day";
  const input = { leaseId: lease.id, step: steps[span] };
  const asked = useCall(metering.getLeaseUsage, input, { everyMs: askEveryMs, keep: true });
  return (
    <Loaded of={asked} lines={8}>
      {(usage) => (
        <>
          <UsageFigures usage={usage} />
          <OverTime usage={usage} at={`/leases/${lease.id}/usage`} span={span} />
          <ByDevice usage={usage} />
        </>
      )}
    </Loaded>
  );
}

interface OverTimeProps {
  readonly usage: Usage;
  /** Where this is, so that each span has an address. */
  readonly at: string;
  readonly span: Span;
}

function OverTime({ usage, at, span }: OverTimeProps): ReactNode {
  const say = useWords(derpWords);
  const language = useLanguage();
  const title = say(`usage.steps.${span}`);
  return (
    <Panel title={title} action={<SpanLinks at={at} span={span} />}>
      <Chart
        title={title}
        lines={[{ name: say("usage.total"), points: pointsOf(usage.at, usage.total) }]}
        gaps={usage.gaps.map(({ from, to, why }) => ({
          from: Date.parse(from),
          to: Date.parse(to),
          why: say(`usage.gaps.${why}`),
        }))}
        say={(bytes) => toGb(bytes, language)}
      />
      <p className="quiet">
        {say("usage.inAll")} <Traffic bytes={usage.totalBytes} />
      </p>
    </Panel>
  );
}

function SpanLinks({ at, span }: Omit<OverTimeProps, "usage">): ReactNode {
  const say = useWords(derpWords);
  return (
    <nav className="derp-spans" aria-label={say("usage.span")}>
      {spans.map((one) => (
        <AppLink key={one} to={one === "day" ? at : `${at}?span=${one}`} className={one === span ? "here" : ""}>
          {say(`usage.spans.${one}`)}
        </AppLink>
      ))}
    </nav>
  );
}

function pointsOf(at: readonly string[], bytes: readonly (string | null)[]): readonly Point[] {
  return at.map((moment, index) => {
    const value = bytes[index] ?? null;
    return [Date.parse(moment), value === null ? null : Number(value)];
  });
}

function ByDevice({ usage: { at, devices } }: { readonly usage: Usage }): ReactNode {
  const say = useWords(derpWords);
  if (devices.length === 0) return null;
  return (
    <Panel title={say("usage.byDevice")}>
      <ul className="derp-rows">
        {devices.map(({ deviceId, name, bytes, totalBytes }) => (
          <li key={deviceId ?? ""}>
            <div className="derp-row-text">
              <strong>{name ?? say(deviceId === null ? "usage.noDevice" : "usage.removedDevice")}</strong>
            </div>
            <Sparkline points={pointsOf(at, bytes)} label={say("usage.overTime", { name: name ?? "" })} />
            <Traffic bytes={totalBytes} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}

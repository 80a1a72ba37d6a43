import { fleet, type ReplyOf } from "@berth/api";
import { useCall } from "@berth/ui/api/query.ts";
import { Chart } from "@berth/ui/chart/chart.tsx";
import type { ChartProps } from "@berth/ui/chart/chart-props.ts";
import { fillGaps } from "@berth/ui/chart/points.ts";
import { Loaded } from "@berth/ui/feedback/feedback.tsx";
import { Panel } from "@berth/ui/frame/page.tsx";
import { toGib, toMbps, toPercent } from "@berth/ui/numbers/format.ts";
import { now } from "@berth/ui/time/clock.ts";
import { dayMs, minuteMs } from "@berth/ui/time/format.ts";
import { useLanguage, useWords } from "@berth/ui/words/words.ts";
import { type ReactNode, useState } from "react";
import { nodeWords } from "../../../i18n/areas.ts";
import type { Node } from "./node-type.ts";

type FigurePoint = ReplyOf<typeof fleet.getFigures>["points"][number];
type Name = Exclude<keyof FigurePoint, "at">;

const stepMs = 5 * minuteMs;

/** How the node was in the last day. */
export function NodeCharts({ node }: { readonly node: Node }): ReactNode {
  const [to] = useState(() => Math.ceil(now() / stepMs) * stepMs);
  const asked = useCall(fleet.getFigures, {
    nodeId: node.id,
    from: new Date(to - dayMs).toISOString(),
    to: new Date(to).toISOString(),
    step: "5m",
  });
  return <Loaded of={asked}>{({ points }) => <Charts node={node} points={points} to={to} />}</Loaded>;
}

interface ChartsProps {
  readonly node: Node;
  readonly points: readonly FigurePoint[];
  readonly to: number;
}

function Charts({ node, points, to }: ChartsProps): ReactNode {
  const say = useWords(nodeWords);
  const language = useLanguage();
  const line = (label: string, name: Name, factor = 1) => ({
    name: label,
    points: fillGaps(
      points.map((point) => [Date.parse(point.at), times(point[name], factor)] as const),
      { begin: to - dayMs, end: to, stepMs },
    ),
  });
  const cores = node.cores ?? 1;
  const shared: Pick<ChartProps, "gapWhy"> = { gapWhy: say("gapWhy") };
  return (
    <div className="stack">
      <Panel title={say("rate")}>
        <Chart
          {...shared}
          title={say("rate")}
          lines={[line(say("served"), "servedBytesPerSecond", 8)]}
          say={(value) => toMbps(value, language)}
        />
      </Panel>
      <Panel title={say("machineRate")}>
        <Chart
          {...shared}
          title={say("machineRate")}
          lines={[line(say("down"), "inBytesPerSecond", 8), line(say("up"), "outBytesPerSecond", 8)]}
          say={(value) => toMbps(value, language)}
        />
      </Panel>
      <Panel title={say("load")}>
        <Chart
          {...shared}
          title={say("load")}
          lines={[line(say("load"), "load", 1 / cores)]}
          thresholds={[{ value: 0.8, label: toPercent(0.8, language) }]}
          say={(value) => toPercent(value, language)}
        />
      </Panel>
      <Panel title={say("memory")}>
        <Chart
          {...shared}
          title={say("memory")}
          lines={[line(say("memory"), "memoryUsedBytes")]}
          thresholds={node.memoryBytes ? [{ value: Number(node.memoryBytes), label: say("installed") }] : []}
          say={(value) => toGib(value, language)}
        />
      </Panel>
    </div>
  );
}

function times(value: number | null, factor: number): number | null {
  return value === null ? null : value * factor;
}

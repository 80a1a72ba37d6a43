import { metering } from "@berth/api";
import { useCall } from "@berth/ui/api/query.ts";
import { Chart } from "@berth/ui/chart/chart.tsx";
import type { Point } from "@berth/ui/chart/points.ts";
import { Loaded } from "@berth/ui/feedback/feedback.tsx";
import { Panel } from "@berth/ui/frame/page.tsx";
import { toMbps } from "@berth/ui/numbers/format.ts";
import { useMay } from "@berth/ui/permission/session.ts";
import { now } from "@berth/ui/time/clock.ts";
import { dayMs, minuteMs } from "@berth/ui/time/format.ts";
import { useLanguage, useWords } from "@berth/ui/words/words.ts";
import { type ReactNode, useState } from "react";
import { overviewWords } from "../../../i18n/areas.ts";

const stepMs = 5 * minuteMs;
const bitsPerByte = 8;

/** What all customers together moved in the last day, as a rate. The running five minutes are left out: they are not over. */
export function Rate(): ReactNode {
  const say = useWords(overviewWords);
  const language = useLanguage();
  const may = useMay("usage.read");
  const [to] = useState(() => Math.floor(now() / stepMs) * stepMs);
  const from = to - dayMs;
  const asked = useCall(
    metering.getUsage,
    { step: "5m", from: new Date(from).toISOString(), to: new Date(to).toISOString() },
    { enabled: may },
  );
  if (!may) return null;
  return (
    <Panel title={say("rate")}>
      <Loaded of={asked} lines={10}>
        {({ buckets }) => (
          <Chart
            title={say("rate")}
            lines={[{ name: say("served"), points: toRates(buckets, { from, to }) }]}
            say={(value) => toMbps(value, language)}
          />
        )}
      </Loaded>
    </Panel>
  );
}

interface Range {
  readonly from: number;
  readonly to: number;
}

/** Where nothing was counted nothing flowed: that is a rate of nought, not a gap. */
function toRates(buckets: readonly { at: string; bytes: string }[], { from, to }: Range): Point[] {
  const found = new Map(buckets.map(({ at, bytes }) => [Date.parse(at), Number(bytes)]));
  return Array.from({ length: Math.round((to - from) / stepMs) }, (_, index): Point => {
    const at = from + index * stepMs;
    return [at, ((found.get(at) ?? 0) * bitsPerByte * 1_000) / stepMs];
  });
}

import type { metering, ReplyOf } from "@berth/api";
import { Figure, Figures } from "@berth/ui/detail/detail.tsx";
import { toGb, toMbps } from "@berth/ui/numbers/format.ts";
import { QuotaBar } from "@berth/ui/numbers/numbers.tsx";
import { Deadline } from "@berth/ui/time/time.tsx";
import { useUi } from "@berth/ui/words/ui-words.ts";
import { useLanguage, useWords } from "@berth/ui/words/words.ts";
import type { ReactNode } from "react";
import { derpWords } from "./derp-words.ts";

interface UsageFiguresProps {
  readonly usage: Pick<ReplyOf<typeof metering.getLeaseUsage>, "rate" | "quota">;
}

/** How fast it goes now, what is left, and when that runs out or begins anew. */
export function UsageFigures({ usage: { rate, quota } }: UsageFiguresProps): ReactNode {
  const say = useWords(derpWords);
  const ui = useUi();
  const language = useLanguage();
  const { trafficBytes, usedBytes, leftBytes, resetsAt, runsOutAt } = quota;
  const minutes = Math.round(rate.overSeconds / 60);
  return (
    <section aria-label={say("tabs.usage")}>
      <Figures>
        <Figure label={say("usage.rate")} more={minutes > 0 && say("usage.rateOver", { count: minutes })}>
          {toMbps(rate.bytesPerSecond * 8, language)}
        </Figure>
        <Figure
          label={say("usage.used")}
          more={trafficBytes !== null && <QuotaBar used={Number(usedBytes)} all={Number(trafficBytes)} />}
        >
          {toGb(usedBytes, language)}
        </Figure>
        <Figure
          label={say("usage.left")}
          more={trafficBytes !== null && say("usage.of", { all: toGb(trafficBytes, language) })}
        >
          {leftBytes === null ? ui("unlimited") : toGb(leftBytes, language)}
        </Figure>
        {resetsAt && (
          <Figure label={say("usage.resets")}>
            <Deadline at={resetsAt} />
          </Figure>
        )}
        {trafficBytes !== null && (
          <Figure label={say("usage.runsOut")} more={say("usage.pace")}>
            {runsOutAt ? <Deadline at={runsOutAt} /> : say("usage.lasts")}
          </Figure>
        )}
      </Figures>
    </section>
  );
}

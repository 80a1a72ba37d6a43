import type { ReactNode } from "react";
import { ToneIcon } from "../states/tone-icon.tsx";
import { toClock } from "../time/format.ts";
import { useUi } from "../words/ui-words.ts";
import { useLiveState } from "./use-live.ts";
import "./live.css";

/** The socket has been gone for five seconds: what is shown may be stale. */
export function OfflineStrip(): ReactNode {
  const say = useUi();
  const { state, offAt } = useLiveState();
  return (
    <div role="status" aria-live="polite">
      {state === "off" && offAt && (
        <p className="strip over">
          <ToneIcon tone="unknown" />
          {say("live.off", { at: toClock(offAt) })}
        </p>
      )}
    </div>
  );
}

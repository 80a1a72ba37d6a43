import { StepUp } from "@berth/ui/feedback/step-up.tsx";
import { Toasts } from "@berth/ui/feedback/toasts.tsx";
import { Theme } from "@berth/ui/theme/theme.tsx";
import { type ReactNode, useSyncExternalStore } from "react";

const touch = matchMedia("(pointer: coarse)");

function subscribe(listener: () => void): () => void {
  touch.addEventListener("change", listener);
  return () => touch.removeEventListener("change", listener);
}

/** What every page of every face stands in. Fingers get larger controls. */
export function Root({ children }: { readonly children: ReactNode }): ReactNode {
  const isTouch = useSyncExternalStore(subscribe, () => touch.matches);
  return (
    <Theme size={isTouch ? "comfortable" : "dense"}>
      {children}
      <Toasts />
      <StepUp />
    </Theme>
  );
}

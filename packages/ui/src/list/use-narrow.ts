import { useSyncExternalStore } from "react";

const narrow = matchMedia("(width < 768px)");

function subscribe(listener: () => void): () => void {
  narrow.addEventListener("change", listener);
  return () => narrow.removeEventListener("change", listener);
}

/** Where rows become cards and drawers fill the screen. */
export function useNarrow(): boolean {
  return useSyncExternalStore(subscribe, () => narrow.matches);
}

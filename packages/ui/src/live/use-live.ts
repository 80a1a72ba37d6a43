import type { live } from "@berth/api";
import { useEffect, useSyncExternalStore } from "react";
import { LiveSocket, type LiveState } from "./socket.ts";

let hear: (topics: ReadonlySet<string>) => void = () => {};
const socket = new LiveSocket({ onChanges: (topics) => hear(topics) });

/** Who asks again for what changed. */
export function onLiveChanges(listener: (topics: ReadonlySet<string>) => void): void {
  hear = listener;
}

/** Hears of a topic for as long as a component is shown. */
export function useLive(topic: live.Topic | undefined): void {
  useEffect(() => (topic ? socket.follow(topic) : undefined), [topic]);
}

export function useLiveState(): { readonly state: LiveState; readonly offAt: Date | undefined } {
  const state = useSyncExternalStore(socket.subscribe, () => socket.state);
  return { state, offAt: socket.offAt };
}

import { Refusal } from "@berth/kit";
import type { Converger } from "../converge.ts";
import type { Answer } from "./journal-file.ts";
import { endsWithAgent, type Handler } from "./operations.ts";

/** Takes an instance away and applies it again. Whoever uses it is cut off for that long; what it counted stays. */
export function restart(convergers: readonly Converger<unknown>[]): Handler {
  return async ({ instanceId, signal, progress }) => {
    const converger = findConverger(convergers, instanceId);
    progress(10, "restarting");
    await converger.restart(instanceId, signal);
    return { restarted: true };
  };
}

/** How an instance is at this moment: what should run, what does, and why not. */
export function status(convergers: readonly Converger<unknown>[]): Handler {
  return async ({ instanceId }) => findConverger(convergers, instanceId).status(instanceId);
}

function findConverger(convergers: readonly Converger<unknown>[], instanceId: string): Converger<unknown> {
  const converger = convergers.find((one) => one.has(instanceId));
  if (!converger) throw new Refusal("not_found", "instance.not_here", "nothing on this node runs it");
  return converger;
}

/** Ends the relay process, graciously, and waits until another one has taken its place. */
export type RestartRelay = (signal: AbortSignal, progress: (percent: number, note: string) => void) => Promise<unknown>;

export function restartRelay(perform: RestartRelay | undefined): Handler {
  return async ({ signal, progress }) => {
    if (!perform) throw new Refusal("unavailable", "relay.not_mine", "this agent has no relay to restart");
    return perform(signal, progress);
  };
}

/** Ends this process; whoever keeps it running starts the next one, which answers. */
export function restartAgent(end: (() => void) | undefined): Handler {
  return async ({ progress }) => {
    if (!end) throw new Refusal("unavailable", "agent.cannot_restart", "nobody would start this agent again");
    progress(50, "ending");
    end();
    throw endsWithAgent;
  };
}

/** An agent that finds its own restart begun is the one that was started then. */
export function afterRestart(version: string): (kind: string) => Answer | undefined {
  const result = JSON.stringify({ restarted: true, version });
  return (kind) => (kind === "agent.restart" ? { outcome: "done", result, code: "", detail: "" } : undefined);
}

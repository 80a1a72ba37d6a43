import { Refusal } from "@berth/kit";
import type { Converger } from "../converge.ts";
import type { Handler } from "./operations.ts";

/** Takes an instance away and applies it again. Whoever uses it is cut off for that long; what it counted stays. */
export function restart(convergers: readonly Converger<unknown>[]): Handler {
  return async ({ instanceId, signal, progress }) => {
    const converger = convergers.find((one) => one.has(instanceId));
    if (!converger) throw new Refusal("not_found", "instance.not_here", "nothing on this node runs it");
    progress(10, "restarting");
    await converger.restart(instanceId, signal);
    return { restarted: true };
  };
}

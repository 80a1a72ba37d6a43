import type { ConsolePart } from "@berth/ui/offering/console-part.ts";
import { loadWords } from "@berth/ui/words/words.ts";
import { type ComponentType, lazy } from "react";

/** One line for each kind of service. */
const parts: Readonly<Record<string, () => Promise<{ readonly consolePart: ConsolePart }>>> = {
  derp: () => import("@berth/offering-derp/console"),
};

type Shown = "LeasePanel" | "PlanFields";
const shown = new Map<string, unknown>();

/** What a kind shows of a lease: how to connect, its devices. */
export function leasePanelOf(kind: string): ConsolePart["LeasePanel"] | undefined {
  return partOf(kind, "LeasePanel") as ConsolePart["LeasePanel"] | undefined;
}

/** What a kind asks in a plan's form, under `options`. */
export function planFieldsOf(kind: string): ComponentType | undefined {
  return partOf(kind, "PlanFields") as ComponentType | undefined;
}

/** Loaded with its words when it is first wanted. */
function partOf(kind: string, name: Shown): unknown {
  const load = parts[kind];
  if (!load) return undefined;
  const key = `${kind}.${name}`;
  if (!shown.has(key)) {
    const part = lazy(async () => {
      const { consolePart } = await load();
      await loadWords(consolePart.words);
      return { default: (consolePart[name] ?? Nothing) as ComponentType };
    });
    shown.set(key, part);
  }
  return shown.get(key);
}

const Nothing = () => null;

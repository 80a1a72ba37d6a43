import type { ConsolePart } from "@berth/ui/offering/console-part.ts";
import { loadWords } from "@berth/ui/words/words.ts";
import { lazy } from "react";

/** One line for each kind of service. */
const parts: Readonly<Record<string, () => Promise<{ readonly consolePart: ConsolePart }>>> = {
  derp: () => import("@berth/offering-derp/console"),
};

type LeasePanel = ConsolePart["LeasePanel"];
const panels = new Map<string, LeasePanel>();

/** What a kind shows of a lease: how to connect, its devices. Loaded with its words when it is first wanted. */
export function leasePanelOf(kind: string): LeasePanel | undefined {
  const load = parts[kind];
  if (!load) return undefined;
  const known = panels.get(kind);
  if (known) return known;
  const panel = lazy(async () => {
    const { consolePart } = await load();
    await loadWords(consolePart.words);
    return { default: consolePart.LeasePanel };
  });
  panels.set(kind, panel);
  return panel;
}

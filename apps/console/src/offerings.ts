import type { ConsolePart } from "@berth/ui/offering/console-part.ts";
import { loadWords } from "@berth/ui/words/words.ts";
import { type ComponentType, lazy } from "react";

/** One line for each kind of service. */
const parts: Readonly<Record<string, () => Promise<{ readonly consolePart: ConsolePart }>>> = {
  derp: () => import("@berth/offering-derp/console"),
};

const loading = new Map<string, Promise<ConsolePart | undefined>>();

/** All that a kind shows, with its words; the same promise each time, for `use`. */
export function loadPart(kind: string): Promise<ConsolePart | undefined> {
  const part = loading.get(kind) ?? loadWithWords(kind);
  loading.set(kind, part);
  return part;
}

async function loadWithWords(kind: string): Promise<ConsolePart | undefined> {
  const part = await parts[kind]?.();
  if (part) await loadWords(part.consolePart.words);
  return part?.consolePart;
}

type Shown = "LeasePanel" | "LeaseNote" | "PlanFields";
const shown = new Map<string, unknown>();

/** What a kind shows of a lease: how to connect, its devices. */
export function leasePanelOf(kind: string): ConsolePart["LeasePanel"] | undefined {
  return partOf(kind, "LeasePanel") as ConsolePart["LeasePanel"] | undefined;
}

/** What a kind says of a lease that is not quite as it was sold. */
export function leaseNoteOf(kind: string): ConsolePart["LeasePanel"] | undefined {
  return partOf(kind, "LeaseNote") as ConsolePart["LeasePanel"] | undefined;
}

/** What a kind asks in a plan's form, under `options`. */
export function planFieldsOf(kind: string): ComponentType | undefined {
  return partOf(kind, "PlanFields") as ComponentType | undefined;
}

/** Loaded with its words when it is first wanted. */
function partOf(kind: string, name: Shown): unknown {
  if (!parts[kind]) return undefined;
  const key = `${kind}.${name}`;
  if (!shown.has(key)) {
    const part = lazy(async () => ({ default: ((await loadPart(kind))?.[name] ?? Nothing) as ComponentType }));
    shown.set(key, part);
  }
  return shown.get(key);
}

const Nothing = () => null;

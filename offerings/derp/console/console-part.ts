import type { ConsolePart } from "@berth/ui/offering/console-part.ts";
import { derpWords } from "./derp-words.ts";
import { LeasePanel } from "./lease-panel.tsx";
import { PlanFields } from "./plan-fields.tsx";

/** What the console shows of DERP relays. */
export const consolePart: ConsolePart = { words: [derpWords], LeasePanel, PlanFields };

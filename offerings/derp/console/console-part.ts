import type { ConsolePart } from "@berth/ui/offering/console-part.ts";
import { derpWords } from "./derp-words.ts";
import { FewerRelays } from "./fewer-relays.tsx";
import { LeasePanel } from "./lease-panel.tsx";
import { leaseTabs } from "./lease-tabs.ts";
import { PlanFields } from "./plan-fields.tsx";

/** What the console shows of DERP relays. */
export const consolePart: ConsolePart = {
  words: [derpWords],
  LeasePanel,
  LeaseNote: FewerRelays,
  leaseTabs,
  PlanFields,
};

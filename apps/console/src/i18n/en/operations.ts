import type { Said } from "@berth/ui/words/words.ts";
import type zh from "../zh-CN/operations.ts";

export default {
  title: "Operations",
  what: "What",
  state: "State",
  states: { open: "Going on", ended: "Ended", failed: "Some failed" },
  failedOf: "{{count}} failed",
  targets: "Targets",
  endedOf: "{{ended}} of {{items}}",
  begun: "Begun",
  madeBy: "By",
  id: "Id",
  kinds: {
    "node.probe": "Probe node",
    "relay.restart": "Restart relay",
    "agent.restart": "Restart agent",
    "logs.tail": "Read log",
    "instance.status": "Ask for instance",
    "instance.restart": "Restart instance",
    "instance.logs": "Read instance log",
  },
  empty: "No operation yet",
  emptyDo: "What is done once on nodes or instances appears here, with a result for each target.",
} satisfies Said<typeof zh>;

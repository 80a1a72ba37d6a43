import type { Said } from "@berth/ui/words/words.ts";
import type zh from "../zh-CN/overview.ts";

export default {
  title: "Overview",
  allWell: "Everything runs",
  nothingYet: "Nothing runs yet: follow the steps below",
  needYou: "{{count}} things need you",
  needYou_one: "{{count}} thing needs you",
  nodeAway: "{{name}} is offline, last seen",
  neverSeen: "{{name}} is offline and was never seen",
  open: "Open",
  nodesOnline: "Nodes online",
  leasesActive: "Active leases",
  ofAll: "{{some}} of {{all}}",
  usedToday: "Traffic, last 24 h",
  rate: "Customer rate, last 24 h",
  served: "All customers",
  latest: "Latest events",
  steps: "First steps",
  step: {
    node: "Add a node",
    nodeWhy: "A server that carries your customers' traffic.",
    plan: "Make a plan",
    planWhy: "What you sell: time, traffic, devices and a price.",
    serials: "Make serials",
    serialsWhy: "Codes that each redeem once for a plan. They are shown once.",
    redeem: "A customer redeems",
    redeemWhy: "They sign up at {{address}} and type a serial. Without a mail server their code waits in the outbox.",
  },
} satisfies Said<typeof zh>;

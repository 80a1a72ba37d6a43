import type { live } from "@berth/api";
import type { LiveEvent, LiveSource, LiveTopic } from "../platform/live-topic.ts";
import { eventsAfter, newestPosition } from "./views.ts";

const isOf =
  (...slices: readonly string[]) =>
  ({ name }: LiveEvent) =>
    slices.some((slice) => name.startsWith(`${slice}.`));
const isOfAccounts = isOf("accounts", "access");
const isOfOrders = isOf("orders");
const isOfDevices = isOf("devices");
const isOfPlans = isOf("catalogue");
const isOfSerials = isOf("serials");
const isOfOperations = isOf("operations");

const text = (value: unknown) => (typeof value === "string" ? value : undefined);

/** What of an event each topic shows: the object to ask for again. */
const topics: Readonly<Record<live.Topic, LiveTopic>> = {
  me: {
    permission: "self",
    widens: "nobody",
    idOf: (event) => (isOfAccounts(event) ? (event.accountId ?? undefined) : undefined),
  },
  leases: { permission: "leases.read", widens: "leases.any", idOf: ({ leaseId }) => leaseId ?? undefined },
  devices: {
    permission: "leases.read",
    widens: "leases.any",
    idOf: (event) => (isOfDevices(event) ? text(event.data.deviceId) : undefined),
  },
  orders: {
    permission: "orders.read",
    widens: "leases.any",
    idOf: (event) => (isOfOrders(event) ? text(event.data.orderId) : undefined),
  },
  plans: { permission: "plans.read", idOf: (event) => (isOfPlans(event) ? text(event.data.planId) : undefined) },
  accounts: {
    permission: "accounts.read",
    idOf: (event) => (isOfAccounts(event) ? (event.accountId ?? undefined) : undefined),
  },
  serials: { permission: "serials.read", idOf: (event) => (isOfSerials(event) ? text(event.data.batchId) : undefined) },
  nodes: { permission: "nodes.read", idOf: ({ nodeId }) => nodeId ?? undefined },
  operations: {
    permission: "nodes.read",
    idOf: (event) => (isOfOperations(event) ? text(event.data.operationId) : undefined),
  },
  events: { permission: "events.read", idOf: ({ id }) => id },
  usage: { permission: "usage.read", widens: "leases.any", idOf: () => undefined },
};

/** What live views follow: sealed events, by position. */
export const liveSource: Omit<LiveSource, "totals"> = { topics, newest: newestPosition, after: eventsAfter };

import type {
  accounts,
  audit,
  catalogue,
  derp,
  fleet,
  leases,
  metering,
  notices,
  orders,
  ReplyOf,
  serials,
} from "@berth/api";

/** What control answers, as the browser's modules see it. */
export type Account = ReplyOf<typeof accounts.getMe>;
export type Accounts = ReplyOf<typeof accounts.listAccounts>;
export type Batch = ReplyOf<typeof serials.settleBatch>;
export type Batches = ReplyOf<typeof serials.listBatches>;
export type BatchMade = ReplyOf<typeof serials.createBatch>;
export type Configuration = ReplyOf<typeof derp.getConfiguration>;
export type Device = ReplyOf<typeof leases.addDevice>;
export type Devices = ReplyOf<typeof leases.listDevices>;
export type Event = ReplyOf<typeof audit.listEvents>["items"][number];
export type Events = ReplyOf<typeof audit.listEvents>;
export type JoinToken = ReplyOf<typeof fleet.createJoinToken>;
export type Knock = ReplyOf<typeof leases.listKnocks>["items"][number];
export type Knocks = ReplyOf<typeof leases.listKnocks>;
export type Lease = ReplyOf<typeof leases.getLease>;
export type Leases = ReplyOf<typeof leases.listLeases>;
export type Instance = Lease["instances"][number];
export type Mail = ReplyOf<typeof notices.listOutbox>["items"][number];
export type Mails = ReplyOf<typeof notices.listOutbox>;
export type Node = ReplyOf<typeof fleet.getNode>;
export type Nodes = ReplyOf<typeof fleet.listNodes>;
export type Plan = ReplyOf<typeof catalogue.createPlan>;
export type Plans = ReplyOf<typeof catalogue.listPlans>;
export type Redeemed = ReplyOf<typeof orders.redeemSerial>;
export type Usage = ReplyOf<typeof metering.getUsage>;

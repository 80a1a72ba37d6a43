export * as access from "./access.ts";
export * as accounts from "./accounts.ts";
export * as audit from "./audit.ts";
export { type BatchOf, batchOf } from "./batch.ts";
export * as catalogue from "./catalogue.ts";
export * as certificates from "./certificates.ts";
export { ApiError, type Call, createClient, createRehearsal, type Problem } from "./client.ts";
export * as configurations from "./configurations.ts";
export * as derp from "./derp.ts";
export * as fleet from "./fleet.ts";
export * as guard from "./guard.ts";
export * as history from "./history.ts";
export * as keyring from "./keyring.ts";
export * as keys from "./keys.ts";
export * as leases from "./leases.ts";
export { mostCounted } from "./list.ts";
export * as live from "./live.ts";
export * as metering from "./metering.ts";
export * as notices from "./notices.ts";
export * as operations from "./operations.ts";
export * as orders from "./orders.ts";
export * as overview from "./overview.ts";
export { type Permission, permissions, type Role, rolePermissions, roles } from "./permissions.ts";
export * as customRoles from "./roles.ts";
export {
  type CallOf,
  type DryRun,
  type InputOf,
  type LimitKind,
  limitOf,
  pathNames,
  type ReplyOf,
  type Route,
  route,
  takesDryRun,
  takesKey,
} from "./route.ts";
export * as serials from "./serials.ts";
export * as settings from "./settings.ts";
export * as staff from "./staff.ts";
export * as streams from "./streams.ts";

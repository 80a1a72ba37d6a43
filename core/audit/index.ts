export type { NewEvent } from "./event.ts";
export { record } from "./record.ts";
export { auditRoutes } from "./routes.ts";
export { sealEvents, sealSweep } from "./seal.ts";
export { type Finding, verifyEvents } from "./verify.ts";

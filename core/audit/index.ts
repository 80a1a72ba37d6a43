export type { NewEvent } from "./event.ts";
export { headSweep, readHeads } from "./head.ts";
export { eraseAccountKey } from "./personal.ts";
export { record } from "./record.ts";
export { auditRoutes } from "./routes.ts";
export { sealEvents, sealSweep } from "./seal.ts";
export { type Finding, verifyEvents } from "./verify.ts";

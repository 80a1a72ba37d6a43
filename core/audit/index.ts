export type { NewEvent } from "./event.ts";
export { headSweep, readHeads } from "./head.ts";
export { noteExport } from "./note-export.ts";
export { eraseAccountKey } from "./personal.ts";
export { record } from "./record.ts";
export { auditRoutes } from "./routes.ts";
export { sealEvents, sealedChannel, sealSweep } from "./seal.ts";
export { liveSource } from "./topics.ts";
export { type Finding, verifyEvents } from "./verify.ts";

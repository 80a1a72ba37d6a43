export { keepPartitions, partitionSweep } from "./partitions.ts";
export { meteringRoutes } from "./routes.ts";
export { takeReadings } from "./take.ts";
export { usedTotals } from "./totals-store.ts";
export { verifyUsage } from "./verify.ts";

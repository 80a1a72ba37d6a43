export { keepPartitions, partitionSweep } from "./partitions.ts";
export { meteringRoutes } from "./routes.ts";
export { takeReadings } from "./take.ts";
export { verifyUsage } from "./verify.ts";

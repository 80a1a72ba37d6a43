export { newsOfOperations, type Sent, takeProgress, takeResult } from "./deliver.ts";
export { operationRoutes } from "./routes.ts";
export { operationSweeps } from "./sweeps.ts";

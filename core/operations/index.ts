export { newsOfOperations, type Sent, takeProgress, takeResult } from "./deliver.ts";
export { meetVisitor } from "./join.ts";
export { operationRoutes, streamRoutes } from "./routes.ts";
export { operationSweeps } from "./sweeps.ts";

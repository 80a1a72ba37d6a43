export { newsOfOperations, progressChannel, type Sent, takeProgress, takeResult } from "./deliver.ts";
export { meetVisitor } from "./meet.ts";
export { takeRendezvous } from "./rendezvous.ts";
export { operationRoutes, streamRoutes } from "./routes.ts";
export { operationSweeps } from "./sweeps.ts";

export { Guard } from "./guard.ts";
export type { Limits } from "./limiter.ts";
export { admitBy, guardRequests, guardRoutes } from "./routes.ts";
export { guardChannel } from "./score.ts";
export { guardSweep } from "./sweep.ts";

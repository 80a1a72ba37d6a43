export { Guard } from "./guard.ts";
export type { Limits } from "./limit.ts";
export { guardLink } from "./link.ts";
export { admitBy, guardRequests, guardRoutes } from "./routes.ts";
export { guardChannel } from "./score.ts";
export { guardSettings } from "./settings.ts";
export { guardSweep } from "./sweep.ts";

export type { PlanRow } from "./plan.ts";
export { catalogueRoutes } from "./routes.ts";
export { getPlan } from "./store.ts";

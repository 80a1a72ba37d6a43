export { ensureFirstAdmin } from "./first-admin.ts";
export { accountRoutes, identify } from "./routes.ts";
export { accountSweeps } from "./sweeps.ts";
export { getAccount } from "./views.ts";

export { ensureFirstAdmin } from "./first-admin.ts";
export { actorOfSession } from "./identify.ts";
export { covers, isPermission, permissionsOf } from "./role.ts";
export { accountRoutes, identify } from "./routes.ts";
export { accountSweeps } from "./sweeps.ts";
export { getAccount } from "./views.ts";

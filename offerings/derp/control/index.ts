export { derpMigrations } from "./migrations.ts";
export { derp } from "./offering.ts";
export { derpRoutes } from "./routes.ts";
export { keySourceSweep } from "./sync-keys.ts";

export { derpMigrations } from "./migrations.ts";

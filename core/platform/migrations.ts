import { fileURLToPath } from "node:url";
import type { Migrations } from "./migrate.ts";

/** Core's own tables, one file per slice. */
export const coreMigrations: Migrations = {
  scope: "core",
  folder: fileURLToPath(new URL("../migrations", import.meta.url)),
};

import { fileURLToPath } from "node:url";
import type { Migrations } from "@berth/core/platform/migrate";

/** The tables of this offering. */
export const derpMigrations: Migrations = {
  scope: "derp",
  folder: fileURLToPath(new URL("./migrations", import.meta.url)),
};

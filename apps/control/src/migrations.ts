import type { Migrations } from "@berth/core/platform/migrate";
import { coreMigrations } from "@berth/core/platform/migrations";
import { derpMigrations } from "@berth/offering-derp/control";

/** All tables, in the order in which they may refer to one another. */
export const allMigrations: readonly Migrations[] = [coreMigrations, derpMigrations];

import type { Selectable } from "kysely";
import type { Tables } from "./gen/tables.ts";

/** A row as it comes out of a table. */
export type Row<Table extends keyof Tables> = Selectable<Tables[Table]>;

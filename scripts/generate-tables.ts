import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { allMigrations } from "../apps/control/src/migrations.ts";
import { openDatabase } from "../core/platform/database.ts";
import { migrate } from "../core/platform/migrate.ts";
import { startTestDatabase } from "./test-database.ts";

interface Column {
  table: string;
  column: string;
  type: string;
  nullable: boolean;
  defaulted: boolean;
  check: string | null;
}

/** Without what the database computes by itself: nothing writes it, and only lists look at it. */
const columnsQuery = `
  select c.relname as "table", a.attname as "column", format_type(a.atttypid, a.atttypmod) as type,
         not a.attnotnull as nullable, (a.atthasdef or a.attidentity <> '') as defaulted,
         (select pg_get_constraintdef(k.oid) from pg_constraint k
           where k.conrelid = c.oid and k.contype = 'c' and k.conkey = array[a.attnum]
             and pg_get_constraintdef(k.oid) ~ '^CHECK \\(\\(\\w+ = (ANY|''\\w+''::text\\)\\)$)' limit 1) as "check"
  from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition and a.attnum > 0 and not a.attisdropped
    and a.attgenerated = '' and c.relname <> 'migrations'
  order by c.relname, a.attnum`;

const types: Readonly<Record<string, string>> = {
  text: "string",
  "text[]": "string[]",
  boolean: "boolean",
  integer: "number",
  "integer[]": "number[]",
  "double precision": "number",
  bigint: "bigint",
  bytea: "Buffer",
  jsonb: "unknown",
  "timestamp with time zone": "Date",
  "timestamp with time zone[]": "Date[]",
};

function typeOf({ table, column, type, check, nullable, defaulted }: Column): string {
  const plain = types[type];
  if (!plain) throw new Error(`no TypeScript type for ${table}.${column}: ${type}`);
  const values = check ? [...check.matchAll(/'([^']+)'::text/g)].map(([, value]) => `"${value}"`) : [];
  const named = values.length > 0 ? values.join(" | ") : plain;
  const whole = nullable && plain !== "unknown" ? `${named} | null` : named;
  if (plain === "unknown")
    return `ColumnType<unknown, string${nullable || defaulted ? " | null | undefined" : ""}, string | null>`;
  return defaulted ? `Generated<${whole}>` : whole;
}

const server = await startTestDatabase();
const { pool, close } = openDatabase(server.url);
await migrate(pool, allMigrations);
const { rows } = await pool.query<Column>(columnsQuery);
await close();
await server.stop();

const tables = Map.groupBy(rows, ({ table }) => table);
const pascal = (name: string) => name.replace(/(^|_)([a-z0-9])/g, (_, __, letter: string) => letter.toUpperCase());
const lines = [
  "// Made by `npm run generate` from the migrated database. Not to be edited.",
  'import type { ColumnType, Generated } from "kysely";',
  "",
  ...[...tables].flatMap(([table, columns]) => [
    `export interface ${pascal(table)}Table {`,
    ...columns.map((column) => `  ${column.column}: ${typeOf(column)};`),
    "}",
    "",
  ]),
  "export interface Tables {",
  ...[...tables.keys()].map((table) => `  ${table}: ${pascal(table)}Table;`),
  "}",
  "",
];
const target = fileURLToPath(new URL("../core/platform/gen/tables.ts", import.meta.url));
await writeFile(target, lines.join("\n"));
console.log(`${tables.size} tables written`);

import type { Violation } from "./import-rules.ts";
import { type Files, isSource, placeOf, slices } from "./places.ts";
import { findTableUses, readSql, type TableUse } from "./sql.ts";
import { readTokens } from "./tokens.ts";

export interface TableReport {
  violations: Violation[];
  /** What was seen, so that a check that saw nothing cannot pass. */
  seen: { tables: number; writes: number };
}

/** A migration or source file of somebody. */
interface WrittenFile {
  path: string;
  /** On whose behalf it writes: a slice, `platform`, else its workspace. */
  writer: string;
  uses: TableUse[];
}

/** Holds every write against the rule that a table is written only by the slice whose migration made it. */
export function checkTables(files: Files): TableReport {
  const read = [...files].flatMap(([path, text]) => readUses(path, text));
  const { owners, violations } = findOwners(read.filter(({ path }) => isMigration(path)));
  for (const { path, writer, uses } of read) {
    for (const use of uses) {
      const message = checkUse(path, writer, use, owners);
      if (message) violations.push({ rule: "table", path, line: use.line, message });
    }
  }
  const writes = read.flatMap(({ uses }) => uses).filter(({ verb }) => verb === "write").length;
  return { violations, seen: { tables: owners.size, writes } };
}

function readUses(path: string, text: string): WrittenFile[] {
  const writer = writerOf(path);
  if (writer === undefined) return [];
  return [{ path, writer, uses: isMigration(path) ? readSql(text) : findTableUses(readTokens(path, text)) }];
}

/** Table → the slice or offering that made it. */
function findOwners(migrations: WrittenFile[]) {
  const owners = new Map<string, string>();
  const violations: Violation[] = [];
  const made = migrations.flatMap(({ uses, ...file }) =>
    uses.filter(({ verb }) => verb === "create").map((use) => ({ ...file, ...use })),
  );
  for (const { path, line, writer, table = "" } of made) {
    if (owners.has(table)) violations.push({ rule: "table", path, line, message: `${table} is made twice` });
    else owners.set(table, writer);
  }
  for (const { path, writer } of migrations) {
    if (writer === "") violations.push({ rule: "table", path, line: 1, message: "is named after no slice" });
  }
  return { owners, violations };
}

function checkUse(path: string, writer: string, use: TableUse, owners: Map<string, string>): string | undefined {
  const { verb, table } = use;
  if (verb === "create") return undefined;
  if (!table) return checkComputed(writer, verb);
  if (verb === "write" && path.endsWith("/views.ts")) return `views only read, but this writes ${table}`;
  const owner = owners.get(table);
  if (owner === undefined || owner === writer) return undefined;
  return `${verb}s ${table}, which belongs to ${owner}`;
}

/** Definitions may name what they compute: partitions are made and dropped by their date. */
function checkComputed(writer: string, verb: TableUse["verb"]): string | undefined {
  if (writer === "platform" || verb !== "write") return undefined;
  return "writes a table whose name is computed, so nobody can say whose";
}

function isMigration(path: string): boolean {
  return /(^|\/)migrations\/[^/]+\.sql$/.test(path);
}

/** Nothing for a test, which may write anything. */
function writerOf(path: string): string | undefined {
  const place = placeOf(path);
  if (!place || place.isTest || !(isSource(path) || isMigration(path))) return undefined;
  if (place.layer !== "core") return place.workspace;
  return isMigration(path) ? sliceOfMigration(path) : (place.part ?? place.workspace);
}

/** `0004-accounts.sql` and `0012-accounts-more.sql` belong to accounts; an empty name when no slice fits. */
function sliceOfMigration(path: string): string {
  const name = /\d+-([^/]+)\.sql$/.exec(path)?.[1] ?? "";
  return [...slices, "platform"].find((slice) => name === slice || name.startsWith(`${slice}-`)) ?? "";
}

import assert from "node:assert/strict";
import test from "node:test";
import { checkImports, type Violation } from "./import-rules.ts";
import type { Files } from "./places.ts";
import { checkTables } from "./table-rules.ts";

/** A small tree in which every rule holds. */
const sound: Record<string, string> = {
  "packages/kit/package.json": '{ "name": "@berth/kit", "exports": "./src/index.ts" }',
  "packages/kit/src/index.ts": 'export { newId } from "./ids.ts";',
  "packages/kit/src/ids.ts": 'import { randomBytes } from "node:crypto";\nexport const newId = () => randomBytes(8);',
  "packages/derp/package.json":
    '{ "name": "@berth/derp", "exports": { ".": "./src/index.ts", "./frames": "./src/frames.ts" } }',
  "packages/derp/src/index.ts": 'import { newId } from "@berth/kit";\nimport { cut } from "./frames.ts";',
  "packages/derp/src/frames.ts": "export const cut = 1;",
  "packages/derp/src/frames.test.ts":
    'import { need } from "../../../tests/require.ts";\nconst path = process.env.PATH; import { sql } from "kysely";',
  "core/package.json":
    '{ "name": "@berth/core", "exports": { "./platform/*": "./platform/*.ts", "./*": "./*/index.ts" } }',
  "core/platform/database.ts":
    'import { Kysely } from "kysely";\nimport { fastify } from "fastify";\ndb.selectFrom("x"); sql`delete from ${name}`;',
  "core/migrations/0001-audit.sql": "create table events (id text primary key);",
  "core/migrations/0002-devices.sql": "create table devices (id text); -- update events set id = 1",
  "core/migrations/0009-leases.sql":
    "create table leases (id text);\nalter table devices add constraint of_lease foreign key (lease_id) references leases;",
  "core/migrations/0012-leases-notes.sql": "alter table leases add column note text;\nupdate leases set note = '';",
  "core/audit/index.ts": 'export { record } from "./record.ts";',
  "core/audit/record.ts": 'import { newEvent } from "./store.ts";\nexport const record = newEvent;',
  "core/audit/store.ts": 'import { sql } from "kysely";\nexport const newEvent = () => ctx.db.insertInto("events");',
  "core/leases/index.ts": 'export { grant } from "./grant.ts";',
  "core/leases/grant.ts":
    'import { record } from "../audit/index.ts";\nimport { newId } from "@berth/kit";\nexport const grant = 1;',
  "core/leases/store.ts": 'ctx.db.updateTable("leases as l"); sql`update leases l set a = 1 where b = ${c}`;',
  "core/leases/instance-store.ts": 'import { sql } from "kysely";\nctx.db.insertInto("instances");',
  "core/leases/views.ts": 'ctx.db.selectFrom("events");\nsql`select 1 from devices for update`;',
  "core/leases/routes.ts": 'import type { FastifyInstance } from "fastify";\nimport { grant } from "./grant.ts";',
  "core/leases/leases.test.ts":
    'import { newEvent } from "../audit/store.ts";\nctx.db.deleteFrom("events"); sql`truncate devices`;',
  "offerings/derp/package.json":
    '{ "name": "@berth/offering-derp", "exports": { "./spec": "./spec.ts", "./console": "./console/part.tsx", "./control": "./control/index.ts" } }',
  "offerings/derp/spec.ts": 'import { z } from "zod";\nimport { newId } from "@berth/kit";',
  "offerings/derp/control/index.ts":
    'import { grant } from "@berth/core/leases";\nimport { open } from "@berth/core/platform/database";\nimport "../spec.ts";',
  "offerings/derp/control/store.ts": 'ctx.db.insertInto("derp_rooms"); ctx.db.mergeInto("derp_rooms");',
  "offerings/derp/control/migrations/0001-derp.sql": "create table if not exists derp_rooms (id text);",
  "offerings/derp/node/driver.ts": 'import { cut } from "@berth/derp/frames";\nimport "../spec.ts";',
  "offerings/proxy/package.json": '{ "name": "@berth/offering-proxy", "exports": { "./spec": "./spec.ts" } }',
  "offerings/proxy/spec.ts": "export const spec = 1;",
  "apps/control/package.json": '{ "name": "@berth/control", "exports": "./src/main.ts" }',
  "apps/control/src/main.ts":
    'import { grant } from "@berth/core/leases";\nimport "@berth/offering-derp/control";\nimport "./config.ts";',
  "packages/ui/package.json": '{ "name": "@berth/ui", "exports": { "./*": "./src/*" } }',
  "packages/ui/src/list.tsx": 'export const List = () => <p>isn\'t it</p>;\nimport { route } from "@berth/api";',
  "packages/api/package.json": '{ "name": "@berth/api", "exports": "./src/index.ts" }',
  "packages/api/src/index.ts": "export const route = 1;",
  "offerings/derp/console/part.tsx": 'import { List } from "@berth/ui/list.tsx";',
  "apps/console/src/main.tsx":
    'import { List } from "@berth/ui/list.tsx";\nimport { part } from "@berth/offering-derp/console";',
  "apps/control/src/config.ts": "export const port = process.env.BERTH_HTTP_PORT;",
};

interface Planted {
  rule: string;
  what: string;
  path: string;
  /** Put after what stands there. */
  text: string;
}

const planted: Planted[] = [];
function plant(rule: string, what: string, path: string, text: string): void {
  planted.push({ rule, what, path, text });
}

plant("layer", "a package imports core", "packages/derp/src/frames.ts", 'import { grant } from "@berth/core/leases";');
plant("layer", "core imports an offering", "core/leases/grant.ts", 'import "@berth/offering-derp/control";');
plant("layer", "an offering imports an app", "offerings/derp/control/index.ts", 'await import("@berth/control");');
plant(
  "layer",
  "a type is imported against the way",
  "core/audit/record.ts",
  'import type { A } from "@berth/control";',
);
for (const path of ["apps/console/src/main.tsx", "packages/ui/src/list.tsx", "offerings/derp/console/part.tsx"]) {
  plant("console", `${path} imports another package`, path, 'import { newId } from "@berth/kit";');
}
plant("console", "the console imports core", "apps/console/src/a.tsx", 'import type { A } from "@berth/core/leases";');
plant(
  "console",
  "the console imports what runs on control",
  "apps/console/src/a.ts",
  'import "@berth/offering-derp/spec";',
);
plant("kit", "kit imports another package", "packages/kit/src/ids.ts", 'export { cut } from "@berth/derp";');
plant(
  "environment",
  "a package reads the environment",
  "packages/derp/src/frames.ts",
  "const debug = process.env.DEBUG;",
);
plant("environment", "core reads it by brackets", "core/platform/database.ts", 'const url = process["env"].URL;');
plant("environment", "an app reads it in main.ts", "apps/control/src/main.ts", "const { PORT } = process.env;");
plant("environment", "env comes out of a module", "packages/kit/src/ids.ts", 'import { env } from "node:process";');
plant(
  "slice-order",
  "a slice calls a later one",
  "core/audit/record.ts",
  'import { grant } from "../leases/index.ts";',
);
plant("slice-order", "it does so by the package's name", "core/audit/record.ts", 'import "@berth/core/leases";');
plant("slice-order", "a folder is not in the list", "core/gadgets/index.ts", "export const gadget = 1;");
plant("front-door", "a slice enters by the back", "core/leases/grant.ts", 'import { a } from "../audit/store.ts";');
plant("front-door", "an app does", "apps/control/src/main.ts", 'import "@berth/core/leases/store.ts";');
plant("platform", "platform imports a slice", "core/platform/database.ts", 'import "../audit/index.ts";');
plant("offerings", "an offering imports another", "offerings/derp/spec.ts", 'import "@berth/offering-proxy/spec";');
plant("offering-room", "node/ uses core", "offerings/derp/node/driver.ts", 'import "@berth/core/platform/database";');
plant("offering-room", "the spec uses core", "offerings/derp/spec.ts", 'import "@berth/core/leases";');
plant("offering-room", "node/ imports control/", "offerings/derp/node/driver.ts", 'import "../control/store.ts";');
plant("offering-room", "control/ imports node/", "offerings/derp/control/index.ts", 'import "../node/driver.ts";');
plant("exports", "a package keeps a file to itself", "apps/control/src/main.ts", 'import "@berth/kit/ids";');
plant("exports", "a package of ours is not there", "apps/control/src/main.ts", 'import "@berth/nothing";');
plant("kysely", "a use case imports Kysely", "core/leases/grant.ts", 'import { sql } from "kysely";');
plant("kysely", "a name only ends like a store's", "core/leases/restore.ts", 'ctx.db.selectFrom("leases");');
plant("kysely", "an app imports Kysely", "apps/control/src/main.ts", 'import type { Kysely } from "kysely";');
plant("kysely", "a use case queries without importing it", "core/leases/grant.ts", 'ctx.db.selectFrom("leases");');
plant("fastify", "a use case imports Fastify", "core/leases/grant.ts", 'import type { FastifyReply } from "fastify";');
plant("fastify", "an app imports a plugin", "apps/control/src/main.ts", 'import helmet from "@fastify/helmet";');
plant("cycle", "two files import one another", "packages/derp/src/frames.ts", 'import type { A } from "./index.ts";');
plant("cycle", "three files do", "packages/kit/src/ids.ts", 'import "./a.ts"; import "./ids.ts";');
plant("workspace", "a path leaves its workspace", "core/leases/grant.ts", 'import "../../packages/kit/src/ids.ts";');
plant("workspace", "a source uses what tests share", "core/leases/grant.ts", 'import "../../tests/require.ts";');
plant("literal", "an import is computed", "core/leases/grant.ts", "await import(`./${name}.ts`);");
plant("literal", "a name is required", "apps/control/src/main.ts", "require(name);");

plant("table", "another slice inserts", "core/leases/store.ts", 'ctx.db.insertInto("events");');
plant("table", "another slice updates, with an alias", "core/audit/store.ts", 'db.updateTable("leases as l");');
plant("table", "another slice deletes", "core/leases/store.ts", "ctx.db.deleteFrom(`devices`);");
plant("table", "another slice merges", "core/leases/store.ts", 'ctx.db.mergeInto("devices as d");');
plant("table", "another slice inserts in SQL", "core/leases/store.ts", "sql`insert into events (id) values (${id})`;");
plant("table", "it updates in SQL", "core/leases/store.ts", 'client.query("UPDATE public.events AS e SET id = 1");');
plant("table", "it deletes in SQL", "core/leases/store.ts", "sql`with a as (delete\n  from only devices) select 1`;");
plant("table", "it writes after something computed", "core/leases/store.ts", 'sql`${a}; truncate table "events"`;');
plant("table", "it writes inside of something computed", "core/leases/store.ts", "f`${g(`merge into events`)}`;");
plant("table", "an offering writes a slice's table", "offerings/derp/control/store.ts", 'db.insertInto("leases");');
plant("table", "core writes an offering's table", "core/leases/store.ts", 'ctx.db.deleteFrom("derp_rooms");');
plant("table", "an app writes", "apps/control/src/main.ts", 'sql("delete from leases");');
plant("table", "platform writes a slice's table", "core/platform/database.ts", 'db.deleteFrom("leases");');
plant("table", "the table's name is computed", "core/leases/store.ts", "ctx.db.deleteFrom(table);");
plant("table", "it is computed in SQL", "core/leases/store.ts", "sql`update ${sql.table(table)} set a = 1`;");
plant("table", "a view writes", "core/leases/views.ts", 'ctx.db.updateTable("leases");');
plant(
  "table",
  "a migration alters another's table",
  "core/migrations/0009-leases.sql",
  "alter table events add a int;",
);
plant("table", "a migration drops it", "core/migrations/0013-leases.sql", "drop table if exists devices;");
plant("table", "a migration's trigger writes it", "core/migrations/0009-leases.sql", "execute 'insert into events';");
plant("table", "a table is made twice", "core/migrations/0014-devices.sql", "create table leases (id text);");
plant("table", "a migration belongs to nobody", "core/migrations/0015-gadgets.sql", "select 1;");

const beside: Record<string, string> = { "packages/kit/src/a.ts": 'import "./b.ts";', "packages/kit/src/b.ts": "" };

function check(tree: Record<string, string>): Violation[] {
  const files: Files = new Map(Object.entries({ ...beside, ...tree }));
  return [...checkImports(files).violations, ...checkTables(files).violations];
}

test("a sound tree breaks no rule", () => assert.deepEqual(check(sound), []));

for (const { rule, what, path, text } of planted) {
  test(`${rule}: ${what}`, () => {
    const before = sound[path] === undefined ? "" : `${sound[path]}\n`;
    const found = check({ ...sound, [path]: before + text });
    const expected = found.filter((violation) => violation.rule === rule);
    assert.ok(expected.length > 0, `not reported, only ${JSON.stringify(found)}`);
    // An import against the way often closes a circle as well; nothing else may come of it.
    assert.deepEqual(new Set([...found.map((violation) => violation.rule), "cycle"]), new Set([rule, "cycle"]));
    if (rule !== "cycle") for (const violation of expected) assert.equal(violation.path, path);
  });
}

test("a violation is reported at its line", () => {
  const text = `${sound["core/leases/store.ts"]}\n\nsql\`select 1;\n delete from events\`;`;
  assert.deepEqual(
    check({ ...sound, "core/leases/store.ts": text }).map(({ line }) => line),
    [4],
  );
});

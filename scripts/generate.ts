import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";

/**
 * `npm run generate`: writes the code that is made from something else, which is committed so that nobody needs this to
 * build. The link's messages come from its .proto files, the types of tables from a migrated database.
 */
const root = resolve(import.meta.dirname, "..");

function runNode(what: string, folder: string, args: string[]): void {
  // buf finds protoc-gen-es on PATH.
  const PATH = [join(root, "node_modules", ".bin"), process.env.PATH].join(delimiter);
  const { status } = spawnSync(process.execPath, args, {
    cwd: folder,
    env: { ...process.env, PATH },
    stdio: "inherit",
  });
  console.log(status === 0 ? `${what}: written` : `${what}: FAILED`);
  if (status !== 0) process.exitCode = 1;
}

const buf = join(root, "node_modules", "@bufbuild", "buf", "bin", "buf");
runNode("link messages", join(root, "packages", "link"), [buf, "generate"]);

const tables = join(root, "scripts", "generate-tables.ts");
if (existsSync(tables)) runNode("table types", root, [tables]);

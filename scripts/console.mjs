import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { nodeBinary } from "./install.mjs";
import { withLock } from "./lock.mjs";

/** What the console is made of, besides the rooms that offerings have in it. */
const sources = [
  ...["apps/console/index.html", "apps/console/vite.config.ts", "apps/console/src"],
  ...["packages/ui/package.json", "packages/ui/src", "packages/api/package.json", "packages/api/src"],
  ...["scripts/build.ts", "package-lock.json"],
];

/**
 * Makes apps/console/dist match what it is built from. Costs one hash when it already does.
 * @param {string} root
 */
export async function ensureConsole(root) {
  if (isBuilt(root)) return;
  const note = (/** @type {string} */ owner) => console.error(`waiting for process ${owner}, which builds the console`);
  await withLock(join(root, ".cache", "console.lock"), () => build(root), note);
}

/** @param {string} root */
async function build(root) {
  if (isBuilt(root)) return; // somebody else did it meanwhile
  console.error("building the console …");
  await new Promise((resolve, reject) => {
    const args = [join(root, "scripts", "build.ts"), sourcesHash(root)];
    // stdout belongs to the program.
    const child = spawn(nodeBinary(root), args, { cwd: root, stdio: ["ignore", 2, 2] });
    child.on("error", reject);
    child.on("exit", (code) => (code === 0 ? resolve(undefined) : reject(new Error("the console does not build"))));
  });
}

/** @param {string} root */
function isBuilt(root) {
  const stamp = join(root, "apps", "console", "dist", "sources");
  return existsSync(stamp) && readFileSync(stamp, "utf8").trim() === sourcesHash(root);
}

/** @param {string} root */
function sourcesHash(root) {
  const hash = createHash("sha256");
  for (const path of listSources(root))
    hash
      .update(path)
      .update("\0")
      .update(readFileSync(join(root, path)))
      .update("\0");
  return hash.digest("hex");
}

/**
 * @param {string} root
 * @returns {string[]}
 */
function listSources(root) {
  const rooms = readdirSync(join(root, "offerings")).map((name) => `offerings/${name}/console`);
  const paths = [...sources, ...rooms].filter((path) => existsSync(join(root, path)));
  const files = paths.flatMap((path) => {
    if (statSync(join(root, path)).isFile()) return [path];
    const found = /** @type {string[]} */ (readdirSync(join(root, path), { recursive: true }));
    return found.map((name) => join(path, name)).filter((file) => statSync(join(root, file)).isFile());
  });
  // Tests are no part of it.
  return files.filter((file) => !/\.test\.tsx?$/.test(file)).sort();
}

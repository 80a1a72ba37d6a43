import { existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { extname, join, resolve } from "node:path";
import { promisify, stripVTControlCharacters } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { build } from "vite";

/**
 * Builds the console into apps/console/dist, with what browsers get packed as small as it goes. scripts/console.mjs calls it, one
 * at a time and only when something changed, and gives the hash of the sources to keep.
 *
 * Files of the build before stay: their names differ, and tabs that are open, or a control that reads just now, may still want
 * them. The page itself is replaced last and at once.
 */
const root = resolve(import.meta.dirname, "..");
const dist = join(root, "apps", "console", "dist");
const packed = new Set([".js", ".css", ".svg"]);

async function buildConsole(sourcesHash: string): Promise<void> {
  await mkdir(join(root, ".cache"), { recursive: true });
  const fresh = await mkdtemp(join(root, ".cache", "console-"));
  try {
    await build({
      configFile: join(root, "apps", "console", "vite.config.ts"),
      build: { outDir: fresh, emptyOutDir: true },
    });
    const names = await readdir(join(fresh, "assets"));
    await Promise.all(names.map((name) => pack(join(fresh, "assets", name))));
    await install(fresh, sourcesHash);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

async function pack(file: string): Promise<void> {
  if (!packed.has(extname(file))) return;
  const bytes = await readFile(file);
  const params = { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  await Promise.all([
    promisify(brotliCompress)(bytes, { params }).then((small) => writeFile(`${file}.br`, small)),
    promisify(gzip)(bytes, { level: 9 }).then((small) => writeFile(`${file}.gz`, small)),
  ]);
}

async function install(fresh: string, sourcesHash: string): Promise<void> {
  const assets = join(dist, "assets");
  await mkdir(assets, { recursive: true });
  const before = await readNames(join(dist, "files"));
  const names = await readdir(join(fresh, "assets"));
  for (const name of names) await copyFile(join(fresh, "assets", name), join(assets, name));
  await copyFile(join(fresh, "manifest.json"), join(dist, "manifest.json"));
  await writeFile(join(dist, "files"), names.join("\n"));
  await copyFile(join(fresh, "index.html"), join(dist, "index.html.new"));
  await rename(join(dist, "index.html.new"), join(dist, "index.html"));
  await writeFile(join(dist, "sources"), sourcesHash);
  const kept = new Set([...names, ...before]);
  const old = (await readdir(assets)).filter((name) => !kept.has(name));
  await Promise.all(old.map((name) => rm(join(assets, name), { force: true })));
}

async function readNames(file: string): Promise<string[]> {
  return existsSync(file) ? (await readFile(file, "utf8")).split("\n") : [];
}

/** Says what is wrong with the sources; where that was found in the bundler helps nobody. */
function fail(error: Error): void {
  console.error(stripVTControlCharacters(error.message));
  process.exitCode = 1;
}

const [sourcesHash] = process.argv.slice(2);
if (sourcesHash === undefined) {
  const { ensureConsole } = await import("./console.mjs");
  await ensureConsole(root).catch(fail);
} else {
  await buildConsole(sourcesHash).catch(fail);
}

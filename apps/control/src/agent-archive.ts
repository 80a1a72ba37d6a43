import { spawn } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { createRequire, findPackageJSON } from "node:module";
import { dirname, join, relative, resolve, sep } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const mains = ["apps/agent/src/main.ts", "apps/relay/src/main.ts"].map((main) => join(root, main));

/** As Biome writes them; of what is only a type nothing is left when it runs. */
const importing =
  /^import\s+"([^"]+)"|^(?:import|export)\b(?!\s+type\b)[\w\s{},*$]*?\bfrom\s+"([^"]+)"|\bimport\("([^"]+)"\)/gm;
/** Types, maps and words: nothing that runs. */
const idle = /\.(d\.[cm]?ts|map|md|markdown)$/i;

/**
 * What a node needs to run, as a tar: the source that agent and relay lead to, and the packages that these use. What control
 * and the console need beside that stays here.
 */
export async function packAgent(): Promise<Readable> {
  const { files, manifests } = await followImports();
  const paths = [...files, ...(await filesOfPackages(manifests))].map((path) => relative(root, path));
  const tar = spawn("tar", ["-cf", "-", "-C", root, "--no-recursion", "-T", "-"], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  tar.stdin.on("error", () => undefined); // its output ends early then
  tar.stdin.end(paths.join("\n"));
  return tar.stdout;
}

interface Found {
  /** Of this repository, with the links by which its parts find one another. */
  readonly files: ReadonlySet<string>;
  /** The package.json of each package that is used. */
  readonly manifests: ReadonlySet<string>;
}

async function followImports(): Promise<Found> {
  const [files, manifests] = [new Set<string>([join(root, "package.json")]), new Set<string>()];
  const open = [...mains];
  for (let file = open.pop(); file; file = open.pop()) {
    if (files.has(file)) continue;
    files.add(file);
    files.add(findPackageJSON(".", pathToFileURL(file)) as string);
    for (const lead of await followAll(file)) {
      open.push(...lead.own);
      for (const path of lead.needed) files.add(path);
      for (const path of lead.manifest) manifests.add(path);
    }
  }
  return { files, manifests };
}

async function followAll(file: string) {
  if (!file.endsWith(".ts")) return [];
  return specifiersIn(await readFile(file, "utf8")).map((name) => follow(name, file));
}

/** Where one import leads: to a file here, with the link that names its workspace, or to a package. */
function follow(specifier: string, from: string) {
  const own = ownFile(specifier, from);
  if (!own) return { own: [], needed: [], manifest: [findPackageJSON(specifier, pathToFileURL(from)) as string] };
  const link = join(root, "node_modules", ...specifier.split("/", 2));
  return { own: [own], needed: isName(specifier) ? [link] : [], manifest: [] };
}

const isName = (specifier: string) => !specifier.startsWith(".");

function specifiersIn(text: string): string[] {
  const names = [...text.matchAll(importing)].map(([, bare, from, later]) => bare ?? from ?? later ?? "");
  return names.filter((name) => !name.startsWith("node:"));
}

/** Where a specifier leads within this repository; nothing when it leads to a package. */
function ownFile(specifier: string, from: string): string | undefined {
  if (!isName(specifier)) return resolve(dirname(from), specifier);
  if (!specifier.startsWith("@berth/")) return undefined;
  return createRequire(from).resolve(specifier);
}

/** All files of packages and of those that they depend on, as far as these are installed. */
async function filesOfPackages(manifests: ReadonlySet<string>): Promise<string[]> {
  const files: string[] = [];
  const [open, seen] = [[...manifests], new Set<string>()];
  for (let manifest = open.pop(); manifest; manifest = open.pop()) {
    if (seen.has(manifest)) continue;
    seen.add(manifest);
    files.push(...(await filesIn(dirname(manifest))));
    const { dependencies, optionalDependencies } = JSON.parse(await readFile(manifest, "utf8"));
    const names = Object.keys({ ...dependencies, ...optionalDependencies });
    open.push(...names.flatMap((name) => findManifest(name, dirname(manifest as string)) ?? []));
  }
  return files;
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const running = entries.filter((entry) => !entry.isDirectory() && !idle.test(entry.name));
  return running.map((entry) => join(entry.parentPath, entry.name));
}

/** As Node looks for it: in each node_modules on the way up. Optional ones may be missing. */
function findManifest(name: string, folder: string): string | undefined {
  try {
    return findPackageJSON(name, pathToFileURL(folder + sep));
  } catch {
    return undefined;
  }
}

import { globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Files } from "./places.ts";

const root = resolve(import.meta.dirname, "../..");

/** Every source, manifest and migration of the four layers, as it stands on disk. */
export function readTree(): Files {
  const paths = globSync("{packages,core,offerings,apps}/**/*.{ts,tsx,mjs,js,sql,json}", {
    cwd: root,
    exclude: (path) => /(^|\/)(node_modules|dist)(\/|$)/.test(path),
  });
  const isWanted = (path: string) => !path.endsWith(".json") || path.endsWith("/package.json");
  return new Map(paths.filter(isWanted).map((path) => [path, readFileSync(join(root, path), "utf8")]));
}

import { posix } from "node:path";

/** Path from the root of the repository → text. */
export type Files = ReadonlyMap<string, string>;

/** Lowest first: a layer imports itself and what stands before it. */
export const layers = ["packages", "core", "offerings", "apps"] as const;
export type Layer = (typeof layers)[number];

/** Lowest first: a slice calls those before it. */
export const slices = [
  ...[
    "audit",
    "settings",
    "guard",
    "notices",
    "accounts",
    "certificates",
    "access",
    "devices",
    "ledger",
    "catalogue",
    "distributors",
    "serials",
    "fleet",
  ],
  ...["operations", "leases", "metering", "orders", "alerts", "support", "overview"],
];

const ourScope = "@berth";

/** Where a file stands. */
export interface Place {
  path: string;
  layer: Layer;
  /** `packages/kit`, `core`, `offerings/derp`, `apps/control`. */
  workspace: string;
  /** In core the slice or `platform`; in an offering the room: `control`, `node`, `console`. Nothing at the top. */
  part: string | undefined;
  isTest: boolean;
}

/** Nothing when it stands outside of the four layers, as tests and scripts do. */
export function placeOf(path: string): Place | undefined {
  const steps = path.split("/");
  const layer = layers.find((layer) => layer === steps[0]);
  if (!layer) return undefined;
  const depth = layer === "core" ? 1 : 2;
  const part = steps.length > depth + 1 ? steps[depth] : undefined;
  const isTest = /\.test\.tsx?$/.test(path);
  return { path, layer, workspace: steps.slice(0, depth).join("/"), part, isTest };
}

/** Where an import leads. `leaves`: by a relative path out of its workspace. */
export type Target =
  | { kind: "file"; path: string; leaves: boolean }
  | { kind: "package"; name: string }
  | { kind: "nowhere"; specifier: string };

/** Whether imports are read in it. */
export function isSource(path: string): boolean {
  return /\.(ts|tsx|mjs|js)$/.test(path);
}

/** Follows a specifier as Node does: relative paths by the folder, workspaces by the `exports` of their package.json. */
export function resolver(files: Files): (from: Place, specifier: string) => Target {
  const manifests = readManifests(files);
  return (from, specifier) => {
    if (/^\.{1,2}(\/|$)/.test(specifier)) {
      const path = posix.join(posix.dirname(from.path), specifier);
      return { kind: "file", path, leaves: !path.startsWith(`${from.workspace}/`) };
    }
    const [first = "", second = ""] = specifier.split("/");
    const name = first.startsWith("@") ? `${first}/${second}` : first;
    const manifest = manifests.get(name);
    if (!manifest && first !== ourScope) return { kind: "package", name };
    const path = exported(manifest?.exports, `.${specifier.slice(name.length)}`);
    if (!manifest || !path) return { kind: "nowhere", specifier };
    return { kind: "file", path: posix.join(manifest.folder, path), leaves: false };
  };
}

type Exports = string | Record<string, string> | undefined;

function readManifests(files: Files): Map<string, { folder: string; exports: Exports }> {
  const manifests = new Map<string, { folder: string; exports: Exports }>();
  for (const [path, text] of files) {
    if (posix.basename(path) !== "package.json") continue;
    const { name, exports } = JSON.parse(text);
    manifests.set(name, { folder: posix.dirname(path), exports });
  }
  return manifests;
}

function exported(exports: Exports, entry: string): string | undefined {
  if (exports === undefined) return undefined;
  if (typeof exports === "string") return entry === "." ? exports : undefined;
  if (exports[entry]) return exports[entry];
  // Of several patterns the longest decides.
  const patterns = Object.keys(exports).filter(
    (key) => key.includes("*") && entry.startsWith(key.split("*")[0] ?? key),
  );
  const [best] = patterns.sort((a, b) => b.length - a.length);
  const [prefix = ""] = best?.split("*") ?? [];
  return best && exports[best]?.replaceAll("*", entry.slice(prefix.length));
}

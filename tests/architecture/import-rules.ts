import { findCycles } from "./cycles.ts";
import { findImports } from "./imports.ts";
import { type Files, isSource, layers, type Place, placeOf, resolver, slices, type Target } from "./places.ts";
import { readTokens, type Token } from "./tokens.ts";

/** One way in which the tree breaks a rule of docs/architecture.md. */
export interface Violation {
  rule: string;
  path: string;
  line: number;
  message: string;
}

export interface ImportReport {
  violations: Violation[];
  /** What was seen, so that a check that saw nothing cannot pass. */
  seen: { files: number; imports: number };
}

type Complaint = [rule: string, message: string] | undefined;

/** Holds every file of the four layers against the rules of who may import whom. */
export function checkImports(files: Files): ImportReport {
  const resolve = resolver(files);
  const report: ImportReport = { violations: [], seen: { files: 0, imports: 0 } };
  const edges = new Map<string, string[]>();
  for (const [path, text] of files) {
    const from = placeOf(path);
    if (!from || !isSource(path)) continue;
    const { violations, imports, targets } = checkFile(from, text, resolve);
    report.violations.push(...violations);
    report.seen.files++;
    report.seen.imports += imports;
    edges.set(path, targets);
  }
  for (const cycle of findCycles(edges)) {
    const message = `import one another: ${cycle.join(" → ")}`;
    report.violations.push({ rule: "cycle", path: cycle[0] ?? "", line: 1, message });
  }
  return report;
}

function checkFile(from: Place, text: string, resolve: ReturnType<typeof resolver>) {
  const tokens = readTokens(from.path, text);
  const imports = findImports(tokens).map((found) => ({
    ...found,
    target: found.specifier === undefined ? undefined : resolve(from, found.specifier),
  }));
  const complaints: [line: number, Complaint][] = [
    [1, checkPlace(from)],
    ...environmentUses(tokens).map((line): [number, Complaint] => [line, checkEnvironment(from)]),
    ...queryUses(tokens).map((line): [number, Complaint] => [line, checkQuery(from)]),
    ...imports.map(({ line, target }): [number, Complaint] => [line, checkTarget(from, target)]),
  ];
  const violations = complaints.flatMap(([line, complaint]) => {
    return complaint ? [{ rule: complaint[0], path: from.path, line, message: complaint[1] }] : [];
  });
  const targets = imports.flatMap(({ target }) => (target?.kind === "file" ? [target.path] : []));
  return { violations, imports: imports.length, targets };
}

function checkPlace({ layer, part }: Place): Complaint {
  if (layer !== "core" || !part || part === "platform" || part === "migrations" || slices.includes(part))
    return undefined;
  return ["slice-order", `${part} is not in the list of slices`];
}

function checkTarget(from: Place, target: Target | undefined): Complaint {
  if (!target) return ["literal", "imports something that is computed, so nobody can say what"];
  if (target.kind === "nowhere") return ["exports", `no package of ours exports ${target.specifier}`];
  if (target.kind === "package") return checkPackage(from, target.name);
  if (from.isTest) return undefined; // a test looks from wherever it sees best, and nobody imports it
  if (target.leaves) return ["workspace", `a relative import leaves ${from.workspace} for ${target.path}`];
  const to = placeOf(target.path);
  if (!to) return ["workspace", `leaves the four layers for ${target.path}`];
  return checkLayer(from, to) ?? checkOffering(from, to) ?? checkSlice(from, to);
}

function checkLayer(from: Place, to: Place): Complaint {
  if (from.workspace === to.workspace) return undefined;
  if (from.workspace === "packages/kit") return ["kit", `kit imports nothing of ours, but ${to.path}`];
  if (isBrowser(from) && !isForBrowser(from, to)) {
    return ["console", `what runs in the browser uses only ui and api, not ${to.path}`];
  }
  if (layers.indexOf(from.layer) >= layers.indexOf(to.layer)) return undefined;
  return ["layer", `${from.layer} may not import ${to.layer} (${to.path})`];
}

/** The application, its components, and the room that an offering has in it. */
function isBrowser({ workspace, layer, part }: Place): boolean {
  if (workspace === "apps/console" || workspace === "packages/ui") return true;
  return layer === "offerings" && part === "console";
}

function isForBrowser(from: Place, to: Place): boolean {
  if (to.workspace === "packages/api" || to.workspace === "packages/ui") return true;
  return from.workspace === "apps/console" && isBrowser(to);
}

function checkOffering(from: Place, to: Place): Complaint {
  if (from.layer !== "offerings") return undefined;
  if (to.layer === "offerings" && from.workspace !== to.workspace) {
    return ["offerings", `offerings never import one another (${to.path})`];
  }
  if (to.layer === "core" && from.part !== "control") {
    return ["offering-room", `only an offering's control/ may use core (${to.path})`];
  }
  if (to.layer === "offerings" && to.part !== undefined && to.part !== from.part) {
    return ["offering-room", `${from.part ?? "the top"} may not import ${to.part} (${to.path})`];
  }
  return undefined;
}

function checkSlice(from: Place, to: Place): Complaint {
  if (to.layer !== "core" || to.part === undefined || to.part === "platform") return undefined;
  const isInside = from.layer === "core" && from.part === to.part;
  if (isInside) return undefined;
  return checkSliceOrder(from, to) ?? checkFrontDoor(to);
}

function checkSliceOrder(from: Place, to: Place): Complaint {
  if (from.layer !== "core" || !from.part) return undefined;
  if (from.part === "platform") return ["platform", `platform imports no slice (${to.path})`];
  if (to.part && slices.indexOf(to.part) < slices.indexOf(from.part)) return undefined;
  return ["slice-order", `${from.part} may call only slices before it, not ${to.path}`];
}

function checkFrontDoor(to: Place): Complaint {
  if (to.path === `core/${to.part}/index.ts`) return undefined;
  return ["front-door", `${to.path} is behind the front door core/${to.part}/index.ts`];
}

function checkPackage({ path, part, layer, isTest }: Place, name: string): Complaint {
  const file = path.split("/").at(-1) ?? "";
  const isPlatform = layer === "core" && part === "platform";
  if (isTest || isPlatform) return undefined;
  if (name === "kysely" && !isStore(file))
    return ["kysely", "only store.ts, …-store.ts, views.ts and platform use Kysely"];
  if (/^(fastify(-.+)?|@fastify)(\/|$)/.test(name) && file !== "routes.ts") {
    return ["fastify", `only routes.ts and platform use Fastify (${name})`];
  }
  return undefined;
}

function isStore(file: string): boolean {
  return /(^|-)store\.ts$/.test(file) || file === "views.ts";
}

function checkEnvironment({ layer, path, isTest }: Place): Complaint {
  if (isTest || (layer === "apps" && path.endsWith("/config.ts"))) return undefined;
  return ["environment", "process.env is read only in the config.ts of an app"];
}

/** A query can be begun without importing Kysely, on the `db` of the context. */
function checkQuery({ path, part, layer, isTest }: Place): Complaint {
  const isPlatform = layer === "core" && part === "platform";
  if (isTest || isPlatform || isStore(path.split("/").at(-1) ?? "")) return undefined;
  return ["kysely", "only store.ts, …-store.ts, views.ts and platform make queries"];
}

/** `process.env`, `process["env"]`, and `env` out of node:process. */
function environmentUses(tokens: Token[]): number[] {
  return tokens.flatMap(({ kind, text, line }, at) => {
    const texts = tokens.slice(at + 1, at + 3).map((token) => token.text);
    const isMember =
      kind === "word" && text === "process" && texts[1] === "env" && /^(\.|\?\.|\[)$/.test(texts[0] ?? "");
    const isModule = kind === "string" && /^(node:)?process$/.test(text) && tokens[at - 1]?.text === "from";
    return isMember || isModule ? [line] : [];
  });
}

const queryMethods = new Set(["selectFrom", "insertInto", "updateTable", "deleteFrom", "mergeInto"]);

function queryUses(tokens: Token[]): number[] {
  return tokens.flatMap(({ text, line }, at) => {
    return queryMethods.has(text) && tokens[at - 1]?.text === "." && tokens[at + 1]?.text === "(" ? [line] : [];
  });
}

import { pathNames, type Route, takesDryRun } from "@berth/api";
import { newId } from "@berth/kit";
import { nameOf } from "./routes.ts";
import { sampleOf } from "./samples.ts";
import { type Caller, eyes, owned, type World } from "./world.ts";

/** What a route is asked about: nothing in particular, or an object that is the caller's own, a stranger's, or nowhere. */
export type Subject = "none" | "own" | "foreign" | "missing" | "foreign part" | "missing part";

export interface Cell {
  readonly route: Route;
  readonly caller: Caller;
  readonly subject: Subject;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Sends a request as it stands; `dryRun` lets nothing of it last. */
export type Send = (request: {
  method: string;
  path: string;
  body: string | undefined;
  token: string | undefined;
}) => Promise<Answer>;

export interface Report {
  readonly cells: number;
  /** By what had to happen. */
  readonly expected: ReadonlyMap<string, number>;
  /** How many were let in and got what they asked for. */
  readonly granted: number;
  readonly violations: readonly string[];
}

/** Asks every route for everybody about everything, and compares with what permission and tenancy say. */
export async function runMatrix(routes: readonly Route[], world: World, send: Send): Promise<Report> {
  const report = { violations: [] as string[], expected: new Map<string, number>(), granted: 0 };
  const cells = routes.flatMap((route) => cellsOf(route, world));
  const waiting = cells.values();
  const worker = async () => {
    for (const cell of waiting) {
      const wanted = expectation(cell);
      report.expected.set(wanted, (report.expected.get(wanted) ?? 0) + 1);
      const answer = await ask(cell, world, send);
      if (wanted === "let in" && answer.status === 200) report.granted++;
      const complaint = (await judge(cell, answer, { wanted, world, send })) ?? leak(cell, answer, world);
      if (complaint)
        report.violations.push(`${nameOf(cell.route)} by ${cell.caller.name}, ${cell.subject}: ${complaint}`);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return { cells: cells.length, ...report };
}

/** Most of the time is spent waiting for the database. */
const atOnce = 4;

function cellsOf(route: Route, { callers }: World): Cell[] {
  const subjects = subjectsOf(route);
  return callers.flatMap((caller) => {
    // Whoever is let in nowhere gets the same answer before anybody looks for an object.
    const asked = caller.permissions ? subjects : subjects.slice(0, 1);
    return asked.map((subject) => ({ route, caller, subject }));
  });
}

function subjectsOf(route: Route): Subject[] {
  const names = pathNames(route.path);
  if (names.length === 0) return ["none"];
  const isShared = !names.some((name) => isOwned(route, name));
  const whole: Subject[] = isShared ? ["own"] : ["own", "foreign"];
  if (canMiss(route)) whole.push("missing");
  return names.length > 1 ? [...whole, "foreign part", "missing part"] : whole;
}

const isOwned = ({ path }: Route, name: string) => name in owned && !path.startsWith("/keyring/");

/** Of a closed list of names none is missing: the schema refuses others. */
function canMiss(route: Route): boolean {
  return pathNames(route.path).every((name) => name.endsWith("Id") && !route.path.startsWith("/keyring/"));
}

/** What has to happen, out of the declared permission and whose the object is. */
function expectation({ route, caller, subject }: Cell): string {
  const { permission, method } = route;
  if (!caller.permissions) return "401";
  if (permission === "public") return "let in";
  if (caller.via === "nobody") return "401 accounts.sign_in";
  if (!caller.permissions.has(permission)) return "403 accounts.not_permitted";
  const isProgram = caller.via !== "session";
  if (permission === "self" && method !== "GET" && isProgram) return "403 access.needs_session";
  if (subject === "missing" || subject === "missing part") return "404";
  if (subject === "foreign part") return "as if missing";
  if (subject === "foreign" && !seesForeign(route, caller)) return "as if missing";
  return "let in";
}

function seesForeign(route: Route, { permissions }: Caller): boolean {
  return pathNames(route.path).every((name) => {
    const opener = owned[name];
    return !isOwned(route, name) || (opener !== undefined && permissions?.has(opener) === true);
  });
}

interface Case {
  readonly wanted: string;
  readonly world: World;
  readonly send: Send;
}

async function judge(cell: Cell, answer: Answer, { wanted, world, send }: Case): Promise<string | undefined> {
  const said = `${answer.status} ${codeOf(answer)}`;
  if (answer.status >= 500) return `broke: ${answer.body}`;
  if (wanted === "let in") return judgeLetIn(cell, answer);
  if (wanted !== "as if missing") return said.startsWith(wanted) ? undefined : `${said} instead of ${wanted}`;
  const subject = cell.subject === "foreign" ? "missing" : "missing part";
  const missing = await ask({ ...cell, subject }, world, send);
  if (missing.status !== 404) return `a missing one answers ${missing.status} ${codeOf(missing)}`;
  const [own, none] = [faceless(answer), faceless(missing)];
  return own === none ? undefined : `${own} tells it from ${none}`;
}

/** Past the gate: what the use case then says is its own matter, except that the object is there. */
function judgeLetIn({ route, subject }: Cell, answer: Answer): string | undefined {
  const code = codeOf(answer);
  if (/^(accounts\.(sign_in|not_permitted)|access\.(needs_session|token_refused|key_refused))$/.test(code)) return code;
  if (code === "accounts.session_ended" || code === "http.no_such_route") return code;
  if (code === "http.invalid") return `the sample does not fit: ${answer.body}`;
  if (subject !== "none" && answer.status === 404) return `${code} for one that is there`;
  return route.permission !== "public" && answer.status === 401 ? `401 ${code}` : undefined;
}

/** Nobody without eyes for others gets a word of a stranger's, in whatever answer. */
function leak({ caller, subject }: Cell, { status, body }: Answer, { foreign }: World): string | undefined {
  if (status !== 200 || eyes.some((permission) => caller.permissions?.has(permission))) return undefined;
  const shown = Object.entries(foreign).find(([, id]) => body.includes(id));
  return shown && `answers with a stranger's ${shown[0]} (${subject})`;
}

function codeOf({ body }: Answer): string {
  try {
    return String(JSON.parse(body).code ?? "");
  } catch {
    return "";
  }
}

/** What an answer says beside the ids that it was asked about. */
function faceless({ status, body }: Answer): string {
  const { code, title, detail, type } = JSON.parse(body);
  return `${status} ${[code, title, type, detail].join(" | ")}`.replaceAll(/[a-z]+_[0-9a-z]{26}/g, "…");
}

async function ask(cell: Cell, world: World, send: Send): Promise<Answer> {
  const { route, caller } = cell;
  const input = sampleOf(route);
  const names = pathNames(route.path);
  names.forEach((name, at) => {
    input[name] = idFor(cell, world, { name, isLast: at === names.length - 1 });
  });
  const fits = route.input.safeParse(input);
  if (!fits.success) throw new Error(`no sample for ${nameOf(route)}: ${fits.error.message}`);
  const path = route.path.replace(/:([A-Za-z]+)/g, (_, name) => encodeURIComponent(String(input[name])));
  const rest = Object.entries(input).filter(([name]) => !names.includes(name));
  const query = new URLSearchParams(route.method === "GET" ? rest.map(([name, value]) => [name, String(value)]) : []);
  // Whoever is to be let in changes nothing; whoever is not goes all the way, so that a hole is one. What can't be rehearsed
  // is a proof, and a sample proves nothing.
  if (takesDryRun(route) && expectation(cell) === "let in") query.set("dryRun", "true");
  const hasBody = route.method !== "GET" && route.method !== "DELETE";
  return send({
    method: route.method,
    path: `/api/v1${path}${query.size > 0 ? `?${query}` : ""}`,
    body: hasBody ? JSON.stringify(Object.fromEntries(rest)) : undefined,
    token: await caller.token(),
  });
}

function idFor(
  { route, caller, subject }: Cell,
  { foreign, shared }: World,
  { name, isLast }: { name: string; isLast: boolean },
): string {
  const isForeign = subject === "foreign" || (subject === "foreign part" && isLast);
  const isMissing = subject === "missing" || (subject === "missing part" && isLast);
  const common = shared[route.path] ?? (isOwned(route, name) ? undefined : shared[name]);
  // Whoever has nothing of their own is asked about a stranger's.
  const id = common ?? (isForeign ? undefined : caller.own[name]) ?? foreign[name];
  if (id === undefined) throw new Error(`nobody made a ${name} for ${nameOf(route)}: say in world.ts whose it is`);
  return isMissing ? newId(id.split("_")[0] ?? "") : id;
}

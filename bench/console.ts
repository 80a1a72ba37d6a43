import { availableParallelism, loadavg } from "node:os";
import { type ConsoleSite, openBrowser, startConsoleSite } from "../tests/console/support/console-site.ts";
import { addPeople, type People } from "../tests/console/support/people.ts";
import { addNode } from "../tests/console/support/rows.ts";
import { type Visit, visitOf, visits } from "../tests/console/support/visits.ts";
import { vitalsOf, watchVitals } from "../tests/console/support/vitals.ts";
import { presses } from "./console/presses.ts";
import { firstVisit, slowDown, type Visited } from "./console/visit.ts";

/**
 * What the console is like to use: first visits with an empty cache over Fast 4G on a processor four times slower, and
 * how long a press takes there.
 */
const isQuick = process.argv.includes("--quick");
const runs = isQuick ? 1 : 5;

const ends: (() => Promise<void>)[] = [];
try {
  const site = await startConsoleSite({ after: (end) => void ends.push(end) });
  const people = await addPeople(site);
  for (let n = 1; n <= 60; n++) {
    await addNode(site.database.db, { name: `osaka-${n}`, region: "osaka", address: `198.51.100.${n}` });
  }
  const visited = await measureVisits(site, people);
  const pressed = await measurePresses(site, people);
  const load = loadavg()[0]?.toFixed(1);
  console.log(JSON.stringify({ bench: "console", runs, load, cores: availableParallelism(), visited, pressed }));
} finally {
  for (const end of ends) await end();
}

type Figures = Record<string, number>;

async function measureVisits(site: ConsoleSite, people: People): Promise<Record<string, Figures>> {
  const figures: Record<string, Figures> = {};
  row(
    "visit",
    "useful ms",
    "largest paint ms",
    "useful ms, not slowed",
    "shift",
    "kB",
    "requests",
    "long tasks",
    "longest ms",
  );
  row(...Array<string>(9).fill("---"));
  for (const visit of visits) {
    const slow = await several(visit, { site, people, isSlow: true });
    const quick = await several(visit, { site, people, isSlow: false });
    const of = (name: keyof Visited, from = slow) => middle(from.map((one) => Number(one[name])));
    const [usefulMs, paintMs, plainMs] = [of("usefulMs"), of("largestPaintMs"), of("usefulMs", quick)];
    const [shift, kB, longestMs] = [of("shift"), of("bytes") / 1_000, of("longestTaskMs")];
    const [requests, longTasks] = [of("requests"), of("longTasks")];
    figures[visit.name] = { usefulMs, paintMs, plainMs, shift, kB, requests, longTasks, longestMs };
    const times = [usefulMs, paintMs, plainMs].map((ms) => ms.toFixed(0));
    row(visit.name, ...times, shift.toFixed(3), kB.toFixed(0), `${requests}`, `${longTasks}`, longestMs.toFixed(0));
  }
  return figures;
}

async function several(visit: Visit, where: Parameters<typeof firstVisit>[1]): Promise<Visited[]> {
  const all: Visited[] = [];
  for (let run = 0; run < runs; run++) all.push(await firstVisit(visit, where));
  return all;
}

/** The slowest press of each thing that people do; done once before, so that its code is there. */
async function measurePresses(site: ConsoleSite, people: People): Promise<Figures> {
  const figures: Figures = {};
  console.log("");
  row("press", "ms to the next picture");
  row("---", "---");
  for (const { name, act } of presses) {
    const times: number[] = [];
    const page = await openNodes(site, people);
    const session = await page.context().newCDPSession(page);
    await act(page);
    await slowDown(session);
    for (let run = 0; run < runs; run++) {
      await page.goto(`${site.url}/operator/nodes`);
      await page.locator("tbody td a").first().waitFor();
      await act(page);
      times.push(Math.max(0, ...(await vitalsOf(page)).pressesMs));
    }
    await page.context().close();
    figures[name] = middle(times);
    row(name, middle(times).toFixed(0));
  }
  return figures;
}

async function openNodes(site: ConsoleSite, people: People) {
  const context = await openBrowser(site);
  await watchVitals(context);
  const visit = { name: "nodes", who: "operator", path: "/operator/nodes", useful: "tbody td a" } as const;
  const { page, url, useful } = await visitOf(context, visit, { url: site.url, people });
  await page.goto(url);
  await useful.waitFor();
  return page;
}

function middle(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0;
}

function row(...cells: readonly string[]): void {
  console.log(`| ${cells.join(" | ")} |`);
}

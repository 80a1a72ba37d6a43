import { newKeyPair } from "@berth/derp";
import { type Figures, type Load, measureIdle, measureTraffic } from "./relay/load.ts";
import { type Server, type ServerOptions, startBerth, startDerper } from "./relay/servers.ts";

/**
 * What relaying costs, beside Tailscale's derper: in turn, over the same TLS, under the same load by Tailscale's own client,
 * which writes each packet by itself. Server and load share this machine's cores.
 */
const isQuick = process.argv.includes("--quick");
const seconds = isQuick ? 2 : 8;
const rounds = isQuick ? 1 : 3;
const sizes = isQuick ? [1_200] : [100, 1_200, 16_000];
const crowds = isQuick ? [10, 200] : [1, 10, 200];
const idleClients = isQuick ? 1_000 : 10_000;
const part = 0.2;
const ports = { berth: 23_100, derper: 23_000 };

type Name = "berth" | "derper";
const starts: Readonly<Record<Name, (options: ServerOptions) => Promise<Server>>> = {
  berth: startBerth,
  derper: startDerper,
};
const names = ["derper", "berth"] as const;

interface Row {
  readonly name: Name;
  readonly bytes: number;
  readonly pairs: number;
  readonly load: string;
  readonly figures: Figures;
}

const say = (text: string) => process.stdout.write(`${text}\n`);
const mb = (bytes: number) => (bytes / 1e6).toFixed(0);

const rows: Row[] = [];
for (const bytes of sizes) for (const pairs of crowds) rows.push(...(await compare(bytes, pairs)));
report(rows);
const idle = await compareIdle();
say(JSON.stringify(summary(rows, idle)));

/** Both as fast as they go, then both at a fifth of what the faster one of them delivered. */
async function compare(bytes: number, pairs: number): Promise<Row[]> {
  const full = await both({ pairs, bytes }, "all it takes");
  const most = Math.max(...full.map(({ figures }) => figures.packetsPerSecond));
  const packetsPerSecond = Math.floor(most * part);
  return [
    ...full,
    ...(await both({ pairs, bytes, packetsPerSecond }, `${Math.round(packetsPerSecond / 100) / 10} k/s`)),
  ];
}

async function both(load: Omit<Load, "keys"> & { bytes: number }, label: string): Promise<Row[]> {
  const runs: Record<Name, Figures[]> = { berth: [], derper: [] };
  for (let round = 0; round < rounds; round++) for (const name of names) runs[name].push(await once(name, load));
  const { bytes, pairs } = load;
  return names.map((name) => {
    const figures = median(runs[name]);
    say(
      `${name}, ${bytes} B, ${pairs} pairs, ${label}: ${figures.cpuSecondsPerGb.toFixed(2)} s/GB, ${figures.gbitPerSecond.toFixed(2)} Gbit/s`,
    );
    return { name, bytes, pairs, load: label, figures };
  });
}

async function once(name: Name, load: Omit<Load, "keys">): Promise<Figures> {
  const keys = Array.from({ length: 2 * load.pairs }, newKeyPair);
  const server = await starts[name]({ keys, firstPort: ports[name] });
  try {
    return await measureTraffic(server, { keys, seconds, ...load });
  } finally {
    await server.close();
  }
}

/** The run in the middle, by what it cost. */
function median(runs: readonly Figures[]): Figures {
  const sorted = [...runs].sort((a, b) => a.cpuSecondsPerGb - b.cpuSecondsPerGb);
  return sorted[Math.floor(sorted.length / 2)] as Figures;
}

async function compareIdle(): Promise<Record<Name, number>> {
  const held: Record<Name, number> = { berth: 0, derper: 0 };
  say(`\n| ${idleClients.toLocaleString("en")} idle clients | MB before | MB with them | kB each |\n|---|---|---|---|`);
  for (const name of names) {
    const keys = Array.from({ length: idleClients }, newKeyPair);
    const server = await starts[name]({ keys, firstPort: ports[name] });
    try {
      const { before, after } = await measureIdle(server, { keys, pairs: 0, idle: idleClients });
      held[name] = after;
      say(`| ${name} | ${mb(before)} | ${mb(after)} | ${((after - before) / idleClients / 1_024).toFixed(1)} |`);
    } finally {
      await server.close();
    }
  }
  return held;
}

function report(all: readonly Row[]): void {
  say(
    "\n| bytes | pairs | load | server | CPU s per GB | Gbit/s | packets/s | cores | delivered | p50 ms | p99 ms | p99.9 ms |",
  );
  say("|---|---|---|---|---|---|---|---|---|---|---|---|");
  for (const { name, bytes, pairs, load, figures: f } of all) {
    const costs = [
      f.cpuSecondsPerGb.toFixed(2),
      f.gbitPerSecond.toFixed(2),
      Math.round(f.packetsPerSecond),
      f.cores.toFixed(2),
    ];
    const times = [f.p50Ms, f.p99Ms, f.p999Ms].map((ms) => ms.toFixed(2));
    say(`| ${[bytes, pairs, load, name, ...costs, `${(f.deliveredPart * 100).toFixed(0)} %`, ...times].join(" | ")} |`);
  }
  say(`\nTLS: ${[...new Set(all.map(({ name, figures }) => `${name} ${figures.suite}`))].join(", ")}`);
}

/** As ARCHITECTURE asks: ours, the peer's, and the one by the other. */
function summary(all: readonly Row[], idleBytes: Record<Name, number>): object {
  const of = (name: Name, load: "full" | "part", pairs: number) =>
    all.find(
      (row) =>
        row.name === name &&
        row.bytes === 1_200 &&
        row.pairs === pairs &&
        (row.load === "all it takes") === (load === "full"),
    )?.figures.cpuSecondsPerGb ?? Number.NaN;
  const [ours, peer] = [of("berth", "full", 10), of("derper", "full", 10)];
  const [oursPart, peerPart] = [of("berth", "part", 200), of("derper", "part", 200)];
  return {
    bench: "relay",
    cpuSecondsPerGb: { ours, peer, ratio: ours / peer },
    cpuSecondsPerGbAtAFifth: { ours: oursPart, peer: peerPart, ratio: oursPart / peerPart },
    idleBytes: { ours: idleBytes.berth, peer: idleBytes.derper, ratio: idleBytes.berth / idleBytes.derper },
  };
}

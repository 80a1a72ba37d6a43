import { readFile, statfs } from "node:fs/promises";
import { freemem, loadavg, totalmem, uptime } from "node:os";
import { secondMs } from "@berth/kit";
import type { AgentMessageInit } from "@berth/link";
import { MachineFinder, type MachineOptions } from "./machine.ts";

type HeartbeatInit = Extract<NonNullable<AgentMessageInit["message"]>, { case: "heartbeat" }>["value"];

export interface GaugeOptions extends MachineOptions {
  /** Its file system is the one that fills up. */
  readonly folder: string;
  /** Growing bytes that were counted for customers. */
  readonly servedBytes: () => bigint;
  readonly networkFile?: string;
}

type Rates = Pick<HeartbeatInit, "inBytesPerSecond" | "outBytesPerSecond" | "servedBytesPerSecond">;

/** Over less than this a rate is mostly chance: two heartbeats in a row have the same. */
const shortestMs = secondMs;

/** Growing figures at one moment. */
interface Marks {
  readonly atMs: number;
  readonly inBytes: bigint | undefined;
  readonly outBytes: bigint | undefined;
  readonly servedBytes: bigint;
}

/** How this machine is. What can't be found out stays out: it is not zero. */
export class Gauges {
  readonly #options: GaugeOptions;
  readonly #machine: MachineFinder;
  #last: Marks | undefined;
  #rates: Rates = {};

  constructor(options: GaugeOptions) {
    this.#options = options;
    this.#machine = new MachineFinder(options);
  }

  /** Rates are over the time since the call before. */
  async read(): Promise<HeartbeatInit> {
    const [disk, marks, machine] = await Promise.all([
      statfs(this.#options.folder).catch(() => undefined),
      this.#mark(),
      this.#machine.find(),
    ]);
    if (!this.#last || marks.atMs - this.#last.atMs >= shortestMs) {
      this.#rates = this.#last ? ratesBetween(this.#last, marks) : {};
      this.#last = marks;
    }
    return {
      load: loadavg()[0],
      memoryBytes: BigInt(totalmem()),
      memoryUsedBytes: BigInt(totalmem() - freemem()),
      diskBytes: disk && BigInt(disk.blocks) * BigInt(disk.bsize),
      diskUsedBytes: disk && BigInt(disk.blocks - disk.bfree) * BigInt(disk.bsize),
      uptimeSeconds: BigInt(Math.floor(uptime())),
      ...this.#rates,
      machine,
    };
  }

  async #mark(): Promise<Marks> {
    const { networkFile = "/proc/net/dev", servedBytes } = this.#options;
    const text = await readFile(networkFile, "utf8").catch(() => undefined);
    const through = text === undefined ? undefined : readNetwork(text);
    return {
      atMs: performance.now(),
      inBytes: through?.inBytes,
      outBytes: through?.outBytes,
      servedBytes: servedBytes(),
    };
  }
}

function ratesBetween(before: Marks, now: Marks): Rates {
  const perSecond = (from: bigint | undefined, to: bigint | undefined) => {
    // Counters begin anew with an interface.
    if (from === undefined || to === undefined || to < from) return undefined;
    return Number(to - from) / ((now.atMs - before.atMs) / secondMs);
  };
  return {
    inBytesPerSecond: perSecond(before.inBytes, now.inBytes),
    outBytesPerSecond: perSecond(before.outBytes, now.outBytes),
    servedBytesPerSecond: perSecond(before.servedBytes, now.servedBytes),
  };
}

/** What passes through twice within one machine: bridges and the pairs of containers show what the outer interface shows as well. */
const inner = /^(lo|docker\d*|br-|veth|virbr|cni|flannel|cali|tun|tap|wg|tailscale)/;

/** Bytes of all outer interfaces, out of Linux's /proc/net/dev. */
export function readNetwork(text: string): { inBytes: bigint; outBytes: bigint } | undefined {
  const rows = [...text.matchAll(/^\s*([^\s:]+):\s*([\d ]+)$/gm)].filter(([, name = ""]) => !inner.test(name));
  if (rows.length === 0) return undefined;
  let [inBytes, outBytes] = [0n, 0n];
  for (const [, , figures = ""] of rows) {
    const columns = figures.trim().split(/\s+/);
    inBytes += BigInt(columns[0] ?? 0);
    outBytes += BigInt(columns[8] ?? 0);
  }
  return { inBytes, outBytes };
}

import { chmod, mkdir } from "node:fs/promises";
import { availableParallelism, totalmem } from "node:os";
import { join } from "node:path";
import { type Clock, secondMs } from "@berth/kit";
import type { Driver } from "@berth/offering";
import { Converger, type InstancePhase } from "./converge.ts";
import { type DesiredState, type DesiredStateStore, openDesiredState } from "./desired-state.ts";
import { Gauges } from "./gauges.ts";
import { openIdentity } from "./identity.ts";
import { Knocks } from "./knocks.ts";
import { LinkLoop } from "./link-loop.ts";
import type { Log } from "./log.ts";
import { type Loop, startLoop } from "./loop.ts";
import type { MachineOptions } from "./machine.ts";
import type { ExpectEnds } from "./operations/flow.ts";
import { Flows } from "./operations/flows.ts";
import { Journal } from "./operations/journal.ts";
import { journalFile } from "./operations/journal-file.ts";
import { followLogs, type LogFiles, tailInstanceLogs, tailLogs } from "./operations/logs.ts";
import { Operations } from "./operations/operations.ts";
import { probe } from "./operations/probe.ts";
import { afterRestart, type RestartRelay, restart, restartAgent, restartRelay, status } from "./operations/restart.ts";
import { shell } from "./operations/shell.ts";
import { Phases } from "./phases.ts";
import { Reach } from "./reach/reach.ts";
import { openSpool, type Spool } from "./spool.ts";

/** A driver in a list of several: it is handed only specs that it parsed itself. */
export type AnyDriver = Driver<unknown>;

export interface AgentOptions extends MachineOptions {
  /** `https://host:port` of control's link. */
  readonly url: string;
  /** Where identity, desired state and counters are kept; made if missing. One agent per folder. */
  readonly folder: string;
  /** The agent closes them. */
  readonly drivers: readonly AnyDriver[];
  readonly name: string;
  readonly version: string;
  /** Asked for only while the node has no identity. */
  readonly joinToken?: (signal: AbortSignal) => Promise<string>;
  /** Under which others reach this node, best first; empty: what control observes. */
  readonly addresses: readonly string[];
  readonly ports: { readonly from: number; readonly to: number };
  /** Where what serves customers listens; everywhere unless given. */
  readonly host?: string;
  /** 0: no STUN here. */
  readonly stunPort: number;
  readonly region: string;
  readonly now: Clock;
  readonly log: Log;
  readonly refusedMs?: number;
  /** Where the programs of this node write what they say, as far as that can be shown. */
  readonly logFiles?: LogFiles;
  /** Lets super admins open a shell here, with the rights of the agent. */
  readonly canShell?: boolean;
  /** How this node's relay is asked to join two ends; absent: it joins none. */
  readonly expectEnds?: ExpectEnds;
  /** Absent: the relay is not this agent's to restart. */
  readonly restartRelay?: RestartRelay;
  /** Has this agent closed and its process end; absent: nobody would start it again. */
  readonly end?: () => void;
}

export interface Agent {
  /** Leaves everything running. Counters are on disk and, if control is there, told. Takes less than four seconds. */
  close(): Promise<void>;
}

/** However quiet it is: what a driver forgot to say is found out. */
const passEveryMs = 30 * secondMs;

/** Makes this node run what control wants. Begins with what control last wanted, whether or not it answers. */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const { folder, drivers, log } = options;
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o700);
  const identity = await openIdentity(folder);
  const desired = await openDesiredState(folder);
  const spool = await openSpool(folder, log);
  const [phases, knocks] = [new Phases(), new Knocks()];
  const parts = { desired, spool, phases, knocks, log };

  let link: LinkLoop | undefined;
  const branches = drivers.map((driver) => startBranch(driver, parts, () => link?.tellSoon()));
  const onDesired = () => {
    phases.set("", unknownOfferings(desired.current(), drivers));
    for (const { loop } of branches) loop.request();
  };
  onDesired();
  const settling = setInterval(() => settle(spool, desired, branches), passEveryMs);
  const operations = await openOperations(options, parts, branches);
  const flows = new Flows({ ...options, identity, sources: toSources(options) });
  const reach = new Reach(options.host);
  link = new LinkLoop({
    ...options,
    ...parts,
    operations,
    flows,
    reach,
    gauges: new Gauges({ ...options, servedBytes: () => spool.grownBytes }),
    identity,
    hello: toHello(options),
    onDesired,
  });

  let closing: Promise<void> | undefined;
  async function close(): Promise<void> {
    clearInterval(settling);
    await Promise.all([operations.close(), flows.close(), ...branches.map((branch) => branch.close())]);
    await link?.close();
    reach.close();
    await spool.close();
    await Promise.all(drivers.map((driver) => driver.close()));
  }

  return {
    close() {
      closing ??= close();
      return closing;
    },
  };
}

interface Parts {
  readonly desired: DesiredStateStore;
  readonly spool: Spool;
  readonly phases: Phases;
  readonly knocks: Knocks;
  readonly log: Log;
}

/** A driver with what keeps it converging. */
interface Branch {
  readonly converger: Converger<unknown>;
  readonly loop: Loop;
  close(): Promise<void>;
}

function startBranch(driver: AnyDriver, parts: Parts, onKnocks: () => void): Branch {
  const { spool, phases, knocks, log } = parts;
  const onPhases = (known: readonly InstancePhase[]) => phases.set(driver.offering, known);
  const converger = new Converger({ driver, desired: parts.desired.current, spool, log, onPhases });
  const loop = startLoop({
    round: () => converger.pass(),
    everyMs: passEveryMs,
    soonerMs: () => converger.failures.nextMs(),
    onError: (error) => log.warn({ offering: driver.offering, error: String(error) }, "driver did not answer"),
  });
  converger.onWork = loop.request;
  const unwatch = driver.watch({
    readings: (readings) => spool.record(readings),
    knocks(heard) {
      knocks.add(heard);
      onKnocks();
    },
    changed() {
      converger.failures.forgive();
      loop.request();
    },
  });
  return { converger, loop, close: () => closeBranch() };

  async function closeBranch(): Promise<void> {
    converger.stop();
    unwatch();
    await loop.close();
    // The last word of the counters, so that it is told before the agent goes. A driver that is silent keeps nobody.
    const last = driver.readings().then((readings) => spool.record(readings));
    await Promise.race([last.catch(() => undefined), new Promise((resolve) => setTimeout(resolve, secondMs))]);
  }
}

async function openOperations(
  { folder, url, logFiles = {}, now, log, version, restartRelay: relay, end }: AgentOptions,
  { desired }: Parts,
  branches: readonly Branch[],
): Promise<Operations> {
  const nowMs = () => now().getTime() + desired.current().offsetMs;
  const file = journalFile(join(folder, "operations"));
  const journal = await Journal.open({ file, nowMs, cutOff: afterRestart(version), log });
  const convergers = branches.map(({ converger }) => converger);
  const handlers = {
    "node.probe": probe({ folder, url }),
    "relay.restart": restartRelay(relay),
    "agent.restart": restartAgent(end),
    "logs.tail": tailLogs(logFiles),
    "instance.status": status(convergers),
    "instance.restart": restart(convergers),
    "instance.logs": tailInstanceLogs(logFiles),
  };
  return new Operations({ journal, handlers, nowMs, log });
}

function toSources({ logFiles = {}, canShell = false }: AgentOptions) {
  return { logs: followLogs(logFiles), ...(canShell ? { shell: shell() } : {}) };
}

/** Frees what is no longer needed of counters, once every driver has said which runs are still going. */
function settle(spool: Spool, desired: DesiredStateStore, branches: readonly Branch[]): void {
  const { instances } = desired.current();
  spool.settle(
    (run) => branches.some(({ converger }) => converger.isPresent(run) ?? true),
    ({ instanceId, generation }) => Number(instances.get(instanceId)?.generation) === generation,
  );
}

/** What no driver here can run has failed, and what none ran has stopped. */
function unknownOfferings({ instances, leaving }: DesiredState, drivers: readonly AnyDriver[]): InstancePhase[] {
  const isUnknown = ({ offering }: { offering: string }) => !drivers.some((driver) => driver.offering === offering);
  const failed = [...instances.values()].filter(isUnknown).map(({ id, generation }) => {
    return { instanceId: id, generation, phase: "failed" as const, reason: "driver_failed" };
  });
  const stopped = leaving.filter(isUnknown).map(({ id, generation }) => {
    return { instanceId: id, generation: BigInt(generation), phase: "stopped" as const, reason: "" };
  });
  return [...failed, ...stopped];
}

function toHello({ version, drivers, addresses, ports, stunPort, region }: AgentOptions) {
  return {
    version,
    capabilities: drivers.map(({ offering, specVersions }) => ({ offering, specVersions: [...specVersions] })),
    addresses: [...addresses],
    portFrom: ports.from,
    portTo: ports.to,
    stunPort,
    cores: availableParallelism(),
    memoryBytes: BigInt(totalmem()),
    region,
  };
}

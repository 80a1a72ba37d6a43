import { Agent } from "node:http";
import { Refusal, secondMs } from "@berth/kit";
import type { ContainerInspectInfo, default as Docker, NetworkInspectInfo } from "dockerode";
import {
  type Container,
  type ContainerDetails,
  type ContainerPlan,
  labels,
  nameOf,
  specHash,
  toArchive,
  toCreate,
} from "./container.ts";
import { isConflict, isMissing, toRefusal } from "./refusals.ts";

export interface EngineOptions {
  readonly socketPath: string;
  /** Whose containers these are: the same after a restart, another one for another agent on the machine. */
  readonly owner: string;
  /** For one call; making and removing may take three times as long. */
  readonly timeoutMs?: number;
}

/**
 * A Docker Engine with the containers of one owner, found again by their labels. Every call ends within its timeout; an engine
 * that is away is refused with `docker.unreachable` or `docker.timeout`.
 */
export class Engine {
  readonly #options: EngineOptions;
  readonly #timeoutMs: number;
  #docker: Promise<Docker> | undefined;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#timeoutMs = options.timeoutMs ?? 5 * secondMs;
  }

  /** All containers of the owner, running or not. */
  async list(): Promise<Container[]> {
    const filters = { label: [`${labels.owner}=${this.#options.owner}`] };
    const found = await this.#ask("list containers", (docker, abortSignal) =>
      docker.listContainers({ all: true, filters, abortSignal }),
    );
    return found.map(({ Id, State, Labels }) => toContainer(Id, State, Labels));
  }

  async find(instanceId: string): Promise<ContainerDetails | undefined> {
    const found = await this.#inspect(instanceId);
    return found && toDetails(found);
  }

  /**
   * Makes the container be there and run as planned: starts one that ended, replaces one that is different. Refused with
   * `docker.port_in_use`, `docker.no_image` or `docker.not_ours`; nothing is left behind then.
   */
  async ensure(plan: ContainerPlan): Promise<ContainerDetails> {
    const present = await this.find(plan.instanceId);
    const isSame = present?.specHash === specHash(plan) && present.state !== "created";
    if (present && isSame && present.state === "running") return present;
    if (present && !isSame) await this.remove(plan.instanceId);
    if (!present || !isSame) await this.#create(plan);
    try {
      await this.#start(plan.instanceId);
    } catch (error) {
      await this.remove(plan.instanceId).catch(() => {}); // the first failure is the one to tell
      throw error;
    }
    const started = await this.find(plan.instanceId);
    if (!started) throw new Refusal("unavailable", "docker.failed", "the container vanished as soon as it was started");
    return started;
  }

  /** Ends its process at once; the container stays. */
  async stop(instanceId: string): Promise<void> {
    if (!(await this.#inspect(instanceId))) return;
    await this.#ask("stop a container", async (docker, abortSignal) => {
      await docker
        .getContainer(nameOf(instanceId))
        .stop({ t: 0, abortSignal })
        .catch(unless(({ statusCode }) => statusCode === 304 || statusCode === 404));
    });
  }

  /** Removes it, running or not, with its files. Nothing happens when there is none. */
  async remove(instanceId: string): Promise<void> {
    const found = await this.#inspect(instanceId);
    if (!found) return;
    await this.#ask("remove a container", (docker, abortSignal) =>
      docker.getContainer(found.Id).remove({ force: true, v: true, abortSignal }).catch(unless(isMissing)),
    );
    // Docker may say that somebody else is removing it before it is gone.
    while (await this.#inspect(instanceId)) await new Promise((resolve) => setTimeout(resolve, 50));
  }

  /** The end of what its process printed. */
  async lastWords(instanceId: string): Promise<string> {
    const log = await this.#ask("read a container's log", (docker, abortSignal) =>
      docker.getContainer(nameOf(instanceId)).logs({ stdout: true, stderr: true, tail: 3, abortSignal }),
    );
    return readLog(log).trim().slice(-1_000);
  }

  /** A bridge whose containers cannot reach one another. Returns the node's own address in it. */
  async ensureNetwork(name: string): Promise<string> {
    const network = (await this.#findNetwork(name)) ?? (await this.#createNetwork(name));
    const gateway = network?.IPAM?.Config?.[0]?.Gateway;
    if (gateway) return gateway;
    throw new Refusal("unavailable", "docker.failed", `the network ${name} has no gateway`);
  }

  /** The engine's events of the owner's containers, as lines that need no reading: something happened. */
  async events(signal: AbortSignal): Promise<AsyncIterable<unknown>> {
    const filters = { type: ["container" as const], label: [`${labels.owner}=${this.#options.owner}`] };
    const options = { filters, abortSignal: signal }; // the types do not know of the signal
    const docker = await this.#open();
    return (docker.getEvents as (given: typeof options) => Promise<NodeJS.ReadableStream>).call(docker, options);
  }

  async #create(plan: ContainerPlan): Promise<void> {
    const create = { ...toCreate(plan, this.#options.owner) };
    await this.#ask("make a container", (docker, abortSignal) => docker.createContainer({ ...create, abortSignal }), 3);
    const [archive, path] = [await toArchive(plan), plan.files.folder];
    await this.#ask("put files into a container", (docker, abortSignal) =>
      docker.getContainer(create.name).putArchive(archive, { path, abortSignal }),
    );
  }

  #start(instanceId: string): Promise<unknown> {
    return this.#ask(
      "start a container",
      (docker, abortSignal) => docker.getContainer(nameOf(instanceId)).start({ abortSignal }),
      3,
    );
  }

  async #inspect(instanceId: string): Promise<ContainerInspectInfo | undefined> {
    const found = await this.#ask("look at a container", (docker, abortSignal) =>
      docker.getContainer(nameOf(instanceId)).inspect({ abortSignal }).catch(unless(isMissing)),
    );
    if (!found || found.Config.Labels[labels.owner] === this.#options.owner) return found ?? undefined;
    throw new Refusal("conflict", "docker.not_ours", `the container ${nameOf(instanceId)} belongs to somebody else`);
  }

  async #findNetwork(name: string): Promise<NetworkInspectInfo | undefined> {
    const filters = { name: [name] };
    const found = await this.#ask("list networks", (docker, abortSignal) =>
      docker.listNetworks({ filters, abortSignal }),
    );
    return found.find((network) => network.Name === name); // the filter takes parts of names
  }

  async #createNetwork(name: string): Promise<NetworkInspectInfo | undefined> {
    const Options = { "com.docker.network.bridge.enable_icc": "false" };
    const create = { Name: name, Driver: "bridge", CheckDuplicate: true, Options, Labels: { "berth.network": name } };
    await this.#ask("make a network", (docker, abortSignal) =>
      docker.createNetwork({ ...create, abortSignal }).catch(unless(isConflict)),
    );
    return this.#findNetwork(name);
  }

  /** Loaded only where it is used: the library takes up to 36 MB of memory (5.0.1). */
  #open(): Promise<Docker> {
    const { socketPath } = this.#options;
    // A connection for each call: one that was kept could be of an engine that has ended since.
    const options = { socketPath, agent: new Agent({ keepAlive: false }) };
    this.#docker ??= import("dockerode").then(({ default: Docker }) => new Docker(options));
    return this.#docker;
  }

  async #ask<T>(what: string, work: (docker: Docker, signal: AbortSignal) => Promise<T>, times = 1): Promise<T> {
    const docker = await this.#open();
    const late = new Refusal("unavailable", "docker.timeout", `could not ${what}: Docker did not answer in time`);
    const controller = new AbortController();
    const { promise: timedOut, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      reject(late);
      controller.abort(late);
    }, this.#timeoutMs * times);
    try {
      return await Promise.race([work(docker, controller.signal), timedOut]);
    } catch (error) {
      throw toRefusal(error, what);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Lets an error of that kind pass as nothing. */
function unless(isExpected: (error: { statusCode?: number }) => boolean): (error: unknown) => undefined {
  return (error) => {
    if (!isExpected(error as { statusCode?: number })) throw error;
    return undefined;
  };
}

function toContainer(id: string, state: string, found: Record<string, string>): Container {
  const isRunning = state === "running" || state === "paused" || state === "restarting";
  return {
    id,
    instanceId: found[labels.instance] ?? "",
    generation: Number(found[labels.generation]),
    specHash: found[labels.spec] ?? "",
    state: isRunning ? "running" : state === "created" ? "created" : "ended",
  };
}

function toDetails({ Id, State, Config, NetworkSettings }: ContainerInspectInfo): ContainerDetails {
  const address = Object.values(NetworkSettings.Networks)[0]?.IPAddress ?? "";
  return { ...toContainer(Id, State.Status, Config.Labels), run: `${Id.slice(0, 12)} ${State.StartedAt}`, address };
}

/** Docker wraps what a process prints into frames: stream 1, nothing 3, length 4, text. */
function readLog(log: Buffer): string {
  let text = "";
  for (let at = 0; at + 8 <= log.length; ) {
    const end = at + 8 + log.readUInt32BE(at + 4);
    text += log.toString("utf8", at + 8, end);
    at = end;
  }
  return text;
}

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Refusal, secondMs } from "@berth/kit";
import { readIfExists, writeAtomically } from "@berth/node/atomic-file";
import { type Container, Engine, follow } from "@berth/node/docker";
import type { Assignment, Driver, DriverListener, Reading, Running } from "@berth/offering";
import { Knocks } from "@berth/relay";
import { type DerpSpec, derpSpec, derpSpecVersions } from "../../spec.ts";
import { Books, newBook } from "./book.ts";
import { Door } from "./door.ts";
import { Instance, type Surroundings } from "./instance.ts";
import { secretsOf, toPlan } from "./plan.ts";

export interface DerperOptions {
  /** Docker's. */
  readonly socketPath: string;
  /** Its entrypoint is Tailscale's derper. It is never pulled. */
  readonly image: string;
  /** Address of the node on which instances are reached. */
  readonly host: string;
  /** For what has to outlive the agent; also whose containers these are. One agent per folder. */
  readonly folder: string;
}

const network = "berth-derper";
/** How late an allowance may be enforced, a counter told and a mesh redialled. */
const lookEveryMs = secondMs;

/** Runs each DERP instance as Tailscale's derper in a container of its own. What it counts is per instance, not per device. */
export function derperDriver(options: DerperOptions): Driver<DerpSpec> {
  return new DerperDriver(options);
}

class DerperDriver implements Driver<DerpSpec> {
  readonly offering = "derp";
  readonly spec = derpSpec;
  readonly specVersions = derpSpecVersions;
  readonly #options: DerperOptions;
  readonly #around: Surroundings;
  readonly #instances = new Map<string, Instance>();
  readonly #listeners = new Set<DriverListener>();
  readonly #knocks = new Knocks(() => setImmediate(() => this.#tellKnocks()));
  #door: Door | undefined;
  #opening: Promise<Door> | undefined;
  #adopted: Promise<void> | undefined;
  /** Set once there is something to look after: a node without derpers does nothing each second. */
  #rest: (() => void) | undefined;

  constructor(options: DerperOptions) {
    this.#options = options;
    this.#around = {
      engine: new Engine({ socketPath: options.socketPath, owner: options.folder }),
      books: new Books(join(options.folder, "books")),
      onReadings: (readings) => this.#tell((listener) => listener.readings(readings)),
      onKnock: (instanceId, key, address) => this.#knocks.add({ instanceId, key, address, at: new Date() }),
    };
  }

  /** While Docker is away, those whose derper answers. */
  async running(): Promise<ReadonlyMap<string, Running>> {
    const containers = await this.#list();
    const found = new Map<string, Running>();
    for (const container of containers ?? []) {
      const running = this.#toRunning(container);
      if (running) found.set(container.instanceId, running);
    }
    for (const instance of this.#instances.values()) {
      const { id, generation, isKnown, isSpent, isServing } = instance;
      if (isKnown && (isSpent || (!containers && isServing))) found.set(id, { generation, phase: "running" });
    }
    return found;
  }

  async apply(assignment: Assignment<DerpSpec>, signal: AbortSignal): Promise<void> {
    const { instanceId, generation, spec } = assignment;
    const { image, host } = this.#options;
    try {
      await this.#adopt();
      this.#wake();
      const instance = this.#instances.get(instanceId) ?? new Instance(instanceId, this.#around, newBook(generation));
      this.#instances.set(instanceId, instance);
      instance.setDevices(spec.devices);
      const door = await this.#openDoor();
      signal.throwIfAborted();
      const verifyUrl = door.urlOf(secretsOf(instanceId, spec).doorPath);
      const plan = toPlan({ instanceId, generation, spec, image, host, network, verifyUrl });
      await instance.apply(assignment, plan, door);
    } catch (error) {
      throw toReason(error);
    }
  }

  async remove(instanceId: string): Promise<void> {
    try {
      await this.#instances.get(instanceId)?.remove();
    } catch (error) {
      throw toReason(error);
    }
    this.#instances.delete(instanceId);
    this.#knocks.forget(instanceId);
  }

  async readings(): Promise<readonly Reading[]> {
    const all = [...this.#instances.values()].map((instance) => instance.readings());
    return (await Promise.all(all)).flat();
  }

  watch(listener: DriverListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Lets go of the containers, which serve on whom they have. They admit nobody until an agent is there again. */
  async close(): Promise<void> {
    this.#rest?.();
    for (const instance of this.#instances.values()) instance.close();
    await this.#door?.close();
  }

  #toRunning({ instanceId, state, generation }: Container): Running | undefined {
    const instance = this.#instances.get(instanceId);
    if (!instance) return { generation, phase: "starting" };
    if (state === "running")
      return { generation: instance.generation, phase: instance.isServing ? "running" : "starting" };
    if (instance.isBusy) return { generation: instance.generation, phase: "starting" };
    // Of an earlier agent: to be started again, or to be removed if nobody wants it.
    if (!instance.isKnown) return { generation, phase: "failed", reason: "driver_failed" };
    if (!instance.isSpent) this.#lose(instance);
    return undefined;
  }

  #lose(instance: Instance): void {
    if (instance.isBusy || instance.isSpent || !instance.isKnown) return;
    void instance.lose().catch(() => {}); // Docker went away once more
  }

  /** All containers; nothing while Docker is away. */
  async #list(): Promise<Container[] | undefined> {
    // A node that never had a derper does not load what speaks to Docker: that takes tens of MB.
    if (!this.#adopted && !(await this.#around.books.exist())) return [];
    try {
      const containers = await this.#around.engine.list();
      await this.#adopt();
      return containers;
    } catch (error) {
      if (error instanceof Refusal && error.kind === "unavailable") return undefined;
      throw error;
    }
  }

  /** Takes over, once, what an earlier agent left. */
  async #adopt(): Promise<void> {
    this.#adopted ??= this.#takeOver().catch((error) => {
      this.#adopted = undefined;
      throw error;
    });
    await this.#adopted;
  }

  async #takeOver(): Promise<void> {
    const { engine, books } = this.#around;
    const containers = await engine.list();
    for (const name of await books.names()) {
      if (!containers.some(({ instanceId }) => instanceId === name)) await books.remove(name);
    }
    for (const { instanceId, generation } of containers) {
      const [container, book] = [await engine.find(instanceId), await books.load(instanceId)];
      const isOfThisRun = book?.run === container?.run && (container?.state === "running" || book?.isOver);
      const known = book && isOfThisRun ? book : newBook(book?.generation ?? generation);
      this.#instances.set(instanceId, new Instance(instanceId, this.#around, known));
    }
    if (containers.length > 0) this.#wake();
  }

  #wake(): void {
    if (this.#rest) return;
    const looking = setInterval(() => {
      for (const instance of this.#instances.values()) void instance.look().catch(() => {});
    }, lookEveryMs);
    const unfollow = follow(this.#around.engine, () => this.#tell((listener) => listener.changed()));
    this.#rest = () => {
      clearInterval(looking);
      unfollow();
    };
  }

  async #openDoor(): Promise<Door> {
    const host = await this.#around.engine.ensureNetwork(network);
    if (this.#door?.host === host) return this.#door;
    this.#opening ??= this.#openDoorAt(host).finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  /** The same port as before, if it can be had: it is a part of what the containers were told. */
  async #openDoorAt(host: string): Promise<Door> {
    const file = join(this.#options.folder, "door-port");
    await mkdir(this.#options.folder, { recursive: true, mode: 0o700 });
    const before = Number((await readIfExists(file)) ?? 0);
    const door = await Door.open(host, before);
    if (door.port !== before) await writeAtomically(file, String(door.port));
    await this.#door?.close();
    this.#door = door;
    return door;
  }

  #tellKnocks(): void {
    const knocks = this.#knocks.take();
    this.#tell((listener) => listener.knocks(knocks));
  }

  #tell(news: (listener: DriverListener) => void): void {
    for (const listener of this.#listeners) news(listener);
  }
}

/** A refusal with one of a driver's reasons. */
function toReason(error: unknown): unknown {
  const isSystem = error instanceof Error && "syscall" in error; // a door that cannot be opened there, a disk that is full
  if (!(error instanceof Refusal) && !isSystem) return error;
  if (error instanceof Refusal && /\.(port_in_use|bad_spec|driver_failed)$/.test(error.code)) return error;
  const refusal = new Refusal("unavailable", "derper.driver_failed", (error as Error).message);
  refusal.cause = error;
  return refusal;
}

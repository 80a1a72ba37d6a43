import { Refusal } from "@berth/kit";
import type { Assignment, Driver, DriverListener, Reading, Running } from "@berth/offering";
import type { RelayClientOptions } from "@berth/relay";
import { type DerpSpec, derpSpec, derpSpecVersions } from "../spec.ts";
import { type DerperOptions, derperDriver } from "./derper/derper-driver.ts";
import { relayDriver } from "./relay-driver.ts";

type Server = DerpSpec["server"];
type Servers = Readonly<Partial<Record<Server, Driver<DerpSpec>>>>;

/** Runs each instance on the server that its spec asks for, and moves it when that changes. */
export function derpDriver(relay: RelayClientOptions, derper?: DerperOptions): Driver<DerpSpec> {
  return new DerpDriver({ relay: relayDriver(relay), ...(derper ? { derper: derperDriver(derper) } : {}) });
}

class DerpDriver implements Driver<DerpSpec> {
  readonly offering = "derp";
  readonly spec = derpSpec;
  readonly specVersions = derpSpecVersions;
  readonly #servers: Servers;
  /** Where instances are, as far as it was told. */
  readonly #places = new Map<Server, ReadonlySet<string>>();

  constructor(servers: Servers) {
    this.#servers = servers;
  }

  async running(): Promise<ReadonlyMap<string, Running>> {
    const all = await Promise.all(
      this.#each(async (driver, server) => {
        const running = await driver.running();
        this.#places.set(server, new Set(running.keys()));
        return [...running];
      }),
    );
    return new Map(all.flat());
  }

  async apply(assignment: Assignment<DerpSpec>, signal: AbortSignal): Promise<void> {
    const { spec, instanceId } = assignment;
    const own = this.#servers[spec.server];
    if (!own) throw new Refusal("unavailable", "derp.driver_failed", `this agent runs no ${spec.server}`);
    const leaving = this.#each(async (driver, server) => {
      if (server !== spec.server && this.#places.get(server)?.has(instanceId)) await driver.remove(instanceId, signal);
    });
    await Promise.all(leaving); // it has the port
    await own.apply(assignment, signal);
    this.#places.set(spec.server, new Set([...(this.#places.get(spec.server) ?? []), instanceId]));
  }

  async remove(instanceId: string, signal: AbortSignal): Promise<void> {
    await Promise.all(this.#each((driver) => driver.remove(instanceId, signal)));
  }

  async readings(): Promise<readonly Reading[]> {
    return (await Promise.all(this.#each((driver) => driver.readings()))).flat();
  }

  watch(listener: DriverListener): () => void {
    const stops = this.#each((driver) => driver.watch(listener));
    return () => {
      for (const stop of stops) stop();
    };
  }

  async close(): Promise<void> {
    await Promise.all(this.#each((driver) => driver.close()));
  }

  #each<T>(work: (driver: Driver<DerpSpec>, server: Server) => T): T[] {
    return Object.entries(this.#servers).map(([server, driver]) => work(driver, server as Server));
  }
}

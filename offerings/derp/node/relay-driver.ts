import { Refusal } from "@berth/kit";
import type { Assignment, Driver, DriverListener, Reading, Running } from "@berth/offering";
import { type CounterReport, type Doorway, RelayClient, type RelayClientOptions } from "@berth/relay";
import { type DerpSpec, derpSpec, derpSpecVersions } from "../spec.ts";

/** Runs DERP instances as rooms of the relay process behind this control socket. The process is started by others. */
export function relayDriver(options: RelayClientOptions): Driver<DerpSpec> {
  return new RelayDriver(new RelayClient(options));
}

class RelayDriver implements Driver<DerpSpec> {
  readonly offering = "derp";
  readonly spec = derpSpec;
  readonly specVersions = derpSpecVersions;
  readonly #relay: RelayClient;

  constructor(relay: RelayClient) {
    this.#relay = relay;
  }

  /** No relay, no instances: its rooms live and die with its process. */
  async running(): Promise<ReadonlyMap<string, Running>> {
    await this.#relay.attempted;
    if (!this.#relay.isConnected) return new Map();
    const rooms = await this.#relay.list();
    return new Map(rooms.map(({ instanceId, generation, phase }) => [instanceId, { generation, phase }]));
  }

  async apply(assignment: Assignment<DerpSpec>, signal: AbortSignal): Promise<void> {
    const { instanceId, generation, spec, allowance, offsetMs = 0 } = assignment;
    const { devices } = spec;
    const former = spec.former.map((doorway) => toDoorway(doorway, offsetMs));
    const room = { instanceId, generation, ...toDoorway(spec, offsetMs), former, devices, allowance };
    await this.#relay.put(room, signal).catch(toDriverFailed);
  }

  async remove(instanceId: string, signal: AbortSignal): Promise<void> {
    await this.#relay.attempted;
    if (this.#relay.isConnected) await this.#relay.remove(instanceId, signal);
  }

  /** Those of a relay that is away are known again when it is back, or lost with its run. */
  async readings(): Promise<readonly Reading[]> {
    await this.#relay.attempted;
    return this.#relay.isConnected ? toReadings(await this.#relay.counters()) : [];
  }

  watch(listener: DriverListener): () => void {
    const onCounters = (report: CounterReport) => listener.readings(toReadings(report));
    const onKnocks = listener.knocks.bind(listener);
    const onChange = listener.changed.bind(listener);
    const onConnected = () => {
      listener.changed();
      // What grew while the connection was away is not pushed again. Failing means that it is away once more.
      this.#relay.counters().then(onCounters, () => {});
    };
    this.#relay.on("counters", onCounters).on("knocks", onKnocks);
    this.#relay.on("connected", onConnected).on("disconnected", onChange);
    return () => {
      this.#relay.off("counters", onCounters).off("knocks", onKnocks);
      this.#relay.off("connected", onConnected).off("disconnected", onChange);
    };
  }

  /** Lets go of the relay, which serves on. */
  async close(): Promise<void> {
    this.#relay.close();
  }
}

/** As this node's clock tells its time. */
function toDoorway(
  { port, derpKey, certificate, privateKey, until }: DerpSpec["former"][number],
  offsetMs: number,
): Doorway {
  const time = until === undefined ? {} : { until: new Date(Date.parse(until) - offsetMs) };
  return { port, derpKey, certificate, privateKey, ...time };
}

/** A relay that is away is no fault of the spec. */
function toDriverFailed(cause: unknown): never {
  if (!(cause instanceof Refusal) || cause.kind !== "unavailable") throw cause;
  const refusal = new Refusal("unavailable", "relay.driver_failed", cause.message);
  refusal.cause = cause;
  throw refusal;
}

function toReadings({ run, entries }: CounterReport): Reading[] {
  return entries.map(({ instanceId, generation, deviceId, bytes }) => ({
    instanceId,
    generation,
    run,
    subject: deviceId,
    meter: "bytes",
    value: bytes,
  }));
}

import type { Heartbeat } from "@berth/link";

/** What one heartbeat says, as it is kept. Null: the agent does not say. */
export interface Sign {
  readonly node_id: string;
  readonly load: number;
  readonly memory_bytes: bigint | null;
  readonly memory_used_bytes: bigint;
  readonly held_revision: bigint;
  readonly disk_bytes: bigint | null;
  readonly disk_used_bytes: bigint | null;
  readonly uptime_seconds: bigint | null;
  readonly in_bytes_per_second: number | null;
  readonly out_bytes_per_second: number | null;
  readonly served_bytes_per_second: number | null;
  /** The node's clock less control's, without the way between them as far as that is known. */
  readonly clock_offset_ms: number | null;
  readonly round_trip_ms: number | null;
  readonly machine: Machine | null;
}

export interface Machine {
  readonly arch: string;
  readonly system: string;
  readonly hasIpv4: boolean;
  readonly hasIpv6: boolean;
  readonly dockerVersion: string | null;
  readonly relayVersion: string | null;
}

/** Heartbeats of many nodes are written in one statement, which one node's nonsense must not spoil for the others. */
export function toSign(nodeId: string, beat: Heartbeat, now: Date): Sign {
  const roundTripMs = figure(beat.roundTripMs);
  return {
    node_id: nodeId,
    load: figure(beat.load) ?? 0,
    memory_bytes: whole(beat.memoryBytes),
    memory_used_bytes: bounded(beat.memoryUsedBytes),
    held_revision: bounded(beat.revision),
    disk_bytes: whole(beat.diskBytes),
    disk_used_bytes: whole(beat.diskUsedBytes),
    uptime_seconds: whole(beat.uptimeSeconds),
    in_bytes_per_second: figure(beat.inBytesPerSecond),
    out_bytes_per_second: figure(beat.outBytesPerSecond),
    served_bytes_per_second: figure(beat.servedBytesPerSecond),
    clock_offset_ms: beat.nowMs === undefined ? null : Number(beat.nowMs) - now.getTime() + (roundTripMs ?? 0) / 2,
    round_trip_ms: roundTripMs,
    machine: beat.machine ? toMachine(beat.machine) : null,
  };
}

export const bounded = (value: bigint) => (value < 2n ** 63n ? value : 2n ** 63n - 1n);
const whole = (value: bigint | undefined) => (value === undefined ? null : bounded(value));

/** JSON can hold it, and a sum of it. */
const mostFigure = 1e18;
const figure = (value: number | undefined) =>
  value === undefined || !Number.isFinite(value) ? null : Math.min(Math.max(0, value), mostFigure);

function toMachine(said: NonNullable<Heartbeat["machine"]>): Machine {
  return {
    arch: word(said.arch) ?? "",
    system: word(said.system) ?? "",
    hasIpv4: said.hasIpv4,
    hasIpv6: said.hasIpv6,
    dockerVersion: word(said.dockerVersion),
    relayVersion: word(said.relayVersion),
  };
}

const word = (text: string) => text.replaceAll(/\p{Cc}/gu, "").slice(0, 100) || null;

import type { Instance } from "@berth/link";
import type { Allowance, Assignment, Driver } from "@berth/offering";
import type { Wanted } from "./reconcile.ts";

/** An instance as its driver is to have it. Without an assignment: control sent what this driver cannot read. */
export interface WantedInstance<Spec> extends Wanted {
  readonly assignment?: Assignment<Spec>;
}

/** What an allowance depends on besides the instance. */
export interface Circumstances {
  /** Bytes of this generation that runs before the present one counted. */
  readonly earlierBytes: bigint;
  /** How far control's clock is ahead of this node's. */
  readonly offsetMs: number;
}

export function toWanted<Spec>(
  driver: Pick<Driver<Spec>, "spec" | "specVersions">,
  instance: Instance,
  circumstances: Circumstances,
): WantedInstance<Spec> {
  const allowance = toAllowance(instance, circumstances);
  const { offsetMs } = circumstances;
  const generation = Number(instance.generation);
  const { ceilingBytes, until } = allowance;
  const version = JSON.stringify([
    generation,
    instance.specVersion,
    instance.spec,
    `${ceilingBytes}`,
    until?.getTime(),
    offsetMs,
  ]);
  if (!driver.specVersions.includes(instance.specVersion)) return { generation, version };
  const spec = driver.spec.safeParse(parseJson(instance.spec));
  if (!spec.success) return { generation, version };
  const assignment = { instanceId: instance.id, generation, spec: spec.data, allowance, offsetMs };
  return { generation, version, assignment };
}

/** Control's ceiling is for all runs of the generation and its time is control's; a driver knows its own run and clock. */
function toAllowance({ allowance }: Instance, { earlierBytes, offsetMs }: Circumstances): Allowance {
  const { ceilingBytes: ceiling, untilMs = 0n } = allowance ?? {};
  const left = ceiling === undefined ? undefined : ceiling - earlierBytes;
  return {
    ceilingBytes: left !== undefined && left < 0n ? 0n : left,
    until: untilMs === 0n ? undefined : new Date(Number(untilMs) - offsetMs),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

import { createHash } from "node:crypto";

/** What the digest is taken of: an `Instance` of the link, or anything that has its fields. */
export interface Digestible {
  readonly id: string;
  readonly generation: bigint;
  readonly offering: string;
  readonly specVersion: number;
  readonly spec: string;
  readonly allowance?: { readonly ceilingBytes?: bigint; readonly untilMs: bigint };
}

/** A hash of all that a node should run, whatever the order; both ends compare it. Hex, SHA-256. */
export function digest(instances: Iterable<Digestible>): string {
  const sorted = [...instances].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  const hash = createHash("sha256");
  // A JSON array in one line each: no field can be mistaken for a part of its neighbour.
  for (const instance of sorted) hash.update(`${JSON.stringify(fields(instance))}\n`);
  return hash.digest("hex");
}

function fields({ id, generation, offering, specVersion, spec, allowance }: Digestible): unknown[] {
  const ceiling = allowance?.ceilingBytes?.toString() ?? null;
  return [id, generation.toString(), offering, specVersion, spec, ceiling, (allowance?.untilMs ?? 0n).toString()];
}

import type { Running } from "@berth/offering";

/** What one instance should be. */
export interface Wanted {
  readonly generation: number;
  /** Differs whenever the driver has to be told something new. */
  readonly version: string;
}

export interface Difference {
  /** Before anything is applied: removals free the ports and rooms that others may need. */
  readonly remove: readonly string[];
  readonly apply: readonly string[];
}

/** What has to be done so that what runs is what is wanted. `applied` is what the driver last took, by instance. */
export function difference(
  wanted: ReadonlyMap<string, Wanted>,
  running: ReadonlyMap<string, Running>,
  applied: ReadonlyMap<string, string>,
): Difference {
  const isMissing = ([id, { generation, version }]: [string, Wanted]) => {
    const present = running.get(id);
    if (!present || present.phase === "failed") return true;
    return present.generation !== generation || applied.get(id) !== version;
  };
  return {
    remove: [...running.keys()].filter((id) => !wanted.has(id)),
    apply: [...wanted].filter(isMissing).map(([id]) => id),
  };
}

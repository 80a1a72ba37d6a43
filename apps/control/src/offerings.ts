import type { Offering } from "@berth/offering";

/** What this control plane rents out: one line per offering. */
const list: readonly Offering[] = [];

export const offerings: ReadonlyMap<string, Offering> = new Map(list.map((offering) => [offering.name, offering]));

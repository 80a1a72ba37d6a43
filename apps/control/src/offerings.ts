import type { Offering } from "@berth/offering";
import { derp } from "@berth/offering-derp/control";

/** What this control plane rents out: one line per offering. */
const list: readonly Offering[] = [derp];

export const offerings: ReadonlyMap<string, Offering> = new Map(list.map((offering) => [offering.name, offering]));

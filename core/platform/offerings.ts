import { Refusal } from "@berth/kit";
import type { Offering } from "@berth/offering";

/** The services that this control plane rents out, by name. */
export type Offerings = ReadonlyMap<string, Offering>;

export function getOffering(offerings: Offerings, name: string): Offering {
  const offering = offerings.get(name);
  if (!offering) throw new Refusal("invalid", "catalogue.unknown_kind", `there is no service called ${name}`, { name });
  return offering;
}

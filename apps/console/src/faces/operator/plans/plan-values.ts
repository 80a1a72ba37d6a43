import type { CallOf, catalogue } from "@berth/api";
import { gbToBytes, toMinor } from "@berth/ui/numbers/format.ts";

/** A plan as it is typed. Empty text is no limit. */
export interface PlanValues {
  readonly name: string;
  readonly durationDays: string;
  readonly trafficGb: string;
  readonly reset: "never" | "daily" | "monthly";
  readonly devices: string;
  readonly mbps: string;
  readonly regions: string;
  readonly price: string;
  readonly currency: string;
  readonly options?: Readonly<Record<string, unknown>>;
}

export const emptyPlan: PlanValues = {
  name: "",
  durationDays: "30",
  trafficGb: "100",
  reset: "monthly",
  devices: "",
  mbps: "",
  regions: "",
  price: "",
  currency: "CNY",
};

/** What control is asked to make; nothing where the price can't be read. */
export function toPlanInput(values: PlanValues): CallOf<typeof catalogue.createPlan> | undefined {
  const { name, reset, currency, options = {} } = values;
  const minor = toMinor(values.price, currency);
  if (minor === undefined) return undefined;
  return {
    name: name.trim(),
    kind: "derp",
    options: set(options),
    durationDays: Number(values.durationDays),
    trafficBytes: values.trafficGb === "" ? null : (gbToBytes(values.trafficGb) ?? null),
    mbps: values.mbps === "" ? null : Number(values.mbps),
    devices: values.devices === "" ? null : Number(values.devices),
    reset,
    regions: values.regions.split(/[,，\s]+/).filter((region) => region !== ""),
    price: { minor, currency },
  };
}

/** What was left alone is left to the kind. */
function set(options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined && value !== ""));
}

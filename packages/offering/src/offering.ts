import type { z } from "zod";

/** What a plan of one kind may ask for, before its kind adds its own options. */
export interface Demand {
  /** How many nodes at the most, each in another region while there are enough. */
  readonly instances: number;
  /** Ports of the node's range that each instance takes. */
  readonly portsEach: number;
}

/** A device as a spec needs it. */
export interface SpecDevice {
  readonly id: string;
  readonly key: string;
}

export interface SpecInput<Options, Secrets> {
  readonly options: Options;
  readonly secrets: Secrets;
  readonly port: number;
  readonly devices: readonly SpecDevice[];
}

/**
 * One kind of service that can be leased, as control sees it: pure. Core knows no kind by name; everything that differs
 * between kinds is asked here.
 */
// biome-ignore lint/suspicious/noExplicitAny: a list of offerings holds kinds with different options, secrets and specs
export interface Offering<Options = any, Secrets = any, Spec = any> {
  readonly name: string;
  readonly specVersion: number;
  /** What a plan of this kind sets; parsed on the way in and out of the database. */
  readonly options: z.ZodType<Options>;
  readonly secrets: z.ZodType<Secrets>;
  readonly spec: z.ZodType<Spec>;
  /** What happens to an instance whose node is lost: another may serve beside it, or only after it. */
  readonly onLost: "duplicate" | "exclusive";
  /** The form of a device's key; throws a Refusal on anything else. */
  readonly parseDeviceKey: (text: string) => string;
  readonly demand: (options: Options) => Demand;
  /** The private identity of one instance; `address` is where clients reach it. */
  readonly makeSecrets: (input: { address: string; now: Date }) => Promise<Secrets>;
  readonly toSpec: (input: SpecInput<Options, Secrets>) => Spec;
}

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

/** A way to reach an instance. */
export interface Endpoint<Secrets> {
  readonly port: number;
  readonly secrets: Secrets;
  /** It stops working then; absent: with the instance. */
  readonly until?: Date;
}

export interface SpecInput<Options, Secrets> extends Endpoint<Secrets> {
  readonly options: Options;
  /** Ways that people were told of before, and that still work beside the present one. */
  readonly former: readonly Endpoint<Secrets>[];
  readonly devices: readonly SpecDevice[];
}

/** How what people hold to reach a lease is renewed: with new ports and new secrets. */
export interface Renewal {
  readonly renewAfterDays: number;
  readonly validDays: number;
  /** How long the one before works beside the new one, at the most. */
  readonly besideHours: number;
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
  /** Absent: what people hold is good as long as their lease, and two versions can't work side by side. */
  readonly renewal?: (options: Options) => Renewal | undefined;
  /** What tells one identity from another and is no secret. */
  readonly fingerprint: (secrets: Secrets) => string;
  /** The private identity of one instance; `address` is where clients reach it. */
  readonly makeSecrets: (input: { address: string; now: Date }) => Promise<Secrets>;
  readonly toSpec: (input: SpecInput<Options, Secrets>) => Spec;
}

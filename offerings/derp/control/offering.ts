import { formatNodeKey, parseNodeKey } from "@berth/derp";
import { Refusal } from "@berth/kit";
import type { Endpoint, Offering, Renewal } from "@berth/offering";
import { z } from "zod";
import { type DerpSpec, derpSpec } from "../spec.ts";
import { type Identity, identity, makeIdentity, pinOf } from "./identity.ts";

/** What a plan of relays can set beside quotas. */
const options = z
  .object({
    /** On how many nodes at the most. */
    relays: z.number().int().min(1).max(8).default(3),
    /** `derper` runs only on nodes with Docker, and its traffic is counted by instance instead of by device. */
    server: derpSpec.shape.server,
  })
  .strict();

type Options = z.infer<typeof options>;

const renewal: Renewal = { renewAfterDays: 29, validDays: 32, besideHours: 72 };

/** DERP relays for Tailscale. */
export const derp: Offering<Options, Identity, DerpSpec> = {
  name: "derp",
  specVersion: 1,
  options,
  secrets: identity,
  spec: derpSpec,
  onLost: "duplicate",
  parseDeviceKey(text) {
    const key = parseNodeKey(text.trim());
    if (key) return formatNodeKey(key);
    throw new Refusal("invalid", "derp.bad_key", "not a Tailscale node key: `nodekey:` and 64 hexadecimal digits");
  },
  demand: ({ relays }) => ({ instances: relays, portsEach: 1 }),
  makeSecrets: makeIdentity,
  // derper has one port and one identity: beside a new container the old one would be another room.
  renewal: ({ server }) => (server === "relay" ? renewal : undefined),
  fingerprint: ({ certificate }) => pinOf(certificate),
  toSpec: ({ options: { server }, former, devices, ...present }) => ({
    version: 1,
    server,
    ...toDoorway(present),
    former: former.map(toDoorway),
    devices: [...devices],
  }),
};

function toDoorway({ port, secrets, until }: Endpoint<Identity>) {
  return { port, ...secrets, ...(until ? { until: until.toISOString() } : {}) };
}

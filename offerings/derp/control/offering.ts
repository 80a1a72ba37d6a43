import { formatNodeKey, parseNodeKey } from "@berth/derp";
import { Refusal } from "@berth/kit";
import type { Offering } from "@berth/offering";
import { z } from "zod";
import { type DerpSpec, derpSpec } from "../spec.ts";
import { type Identity, identity, makeIdentity } from "./identity.ts";

/** What a plan of relays can set beside quotas: on how many nodes at the most. */
const options = z.object({ relays: z.number().int().min(1).max(8).default(3) }).strict();

type Options = z.infer<typeof options>;

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
  toSpec: ({ secrets, port, devices }) => ({ version: 1, port, ...secrets, devices: [...devices] }),
};

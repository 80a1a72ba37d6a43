import { z } from "zod";

/** Versions of the spec that this code understands. */
export const derpSpecVersions = [1] as const;

/** A port with the identity that clients find there. */
const doorway = z.object({
  /** TCP. */
  port: z.int().min(1).max(65_535),
  /** The DERP server's private key: `privkey:` and 64 hex digits. */
  derpKey: z.string().regex(/^privkey:[0-9a-f]{64}$/),
  /** PEM. Only the first certificate is presented: customers pin it by `sha256-raw:`. */
  certificate: z.string().min(1),
  /** PEM; the certificate's. */
  privateKey: z.string().min(1),
  /** It is shut then, by control's clock; absent: it stands as long as the instance. */
  until: z.iso.datetime().optional(),
});

/** What travels to a node about one DERP instance. Unknown fields are ignored: control may be newer than the node. */
export const derpSpec = z.object({
  version: z.literal(1).default(1),
  /** Who serves it: Berth's relay, which counts by device, or Tailscale's derper in a container, which counts by instance. */
  server: z.enum(["relay", "derper"]).default("relay"),
  /** The present one. */
  ...doorway.shape,
  /** Others into the same room, for those whose configuration is older. derper has none. */
  former: z.array(doorway).default([]),
  /** Who may use the instance. A key belongs to one device; a device may have several keys. */
  devices: z.array(
    z.object({
      id: z.string().min(1),
      /** `nodekey:` and 64 hex digits. */
      key: z.string().regex(/^nodekey:[0-9a-f]{64}$/),
    }),
  ),
});

export type DerpSpec = z.infer<typeof derpSpec>;

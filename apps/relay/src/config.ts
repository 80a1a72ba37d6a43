import { z } from "zod";

const schema = z.object({
  /** The control socket; its folder must be its owner's alone. */
  BERTH_RELAY_SOCKET: z.string().min(1),
  /** The address that rooms and STUN listen on. */
  BERTH_RELAY_HOST: z.string().min(1).default("0.0.0.0"),
  /** UDP; 0: no STUN. */
  BERTH_STUN_PORT: z.coerce.number().int().min(0).max(65_535).default(3478),
  /** TLS, where two ends that both dialled are joined; 0: nowhere. */
  BERTH_RENDEZVOUS_PORT: z.coerce.number().int().min(0).max(65_535).default(0),
  LOG_LEVEL: z.enum(["debug", "info", "warn", "error"]).default("info"),
});

/** The environment, or an error that names everything that is wrong with it. */
export function readConfig(env = process.env) {
  const parsed = schema.safeParse(env);
  if (!parsed.success) throw new Error(`bad settings:\n${z.prettifyError(parsed.error)}`);
  return Object.freeze({
    socketPath: parsed.data.BERTH_RELAY_SOCKET,
    host: parsed.data.BERTH_RELAY_HOST,
    stunPort: parsed.data.BERTH_STUN_PORT,
    rendezvousPort: parsed.data.BERTH_RENDEZVOUS_PORT,
    logLevel: parsed.data.LOG_LEVEL,
  });
}

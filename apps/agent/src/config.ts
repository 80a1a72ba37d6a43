import { hostname } from "node:os";
import { z } from "zod";

const port = z.coerce.number().int().min(0).max(65_535);

const ports = z
  .string()
  .regex(/^\d+-\d+$/, "two ports and a dash, such as 20000-29999")
  .transform((text) => {
    const [from = 0, to = 0] = text.split("-").map(Number);
    return { from, to };
  })
  .refine(({ from, to }) => from > 0 && from <= to && to <= 65_535, "no range of ports");

const list = z.string().transform((text) =>
  text
    .split(",")
    .map((item) => item.trim())
    .filter(Boolean),
);

const settings = z.object({
  /** `https://HOST:8443` of control's link. */
  BERTH_CONTROL_URL: z.url({ protocol: /^https$/ }),
  /** Folder for identity, desired state and counters. */
  BERTH_AGENT_DATA: z.string().min(1),
  /** Needed until the node has joined; the file may appear later. */
  BERTH_JOIN_TOKEN: z.string().optional(),
  BERTH_JOIN_TOKEN_FILE: z.string().optional(),
  BERTH_NODE_NAME: z.string().default(hostname()),
  /** Under which others reach this node, best first; none: what control observes. */
  BERTH_NODE_ADDRESSES: list.default([]),
  BERTH_NODE_REGION: z.string().default(""),
  BERTH_NODE_PORTS: ports.default({ from: 20_000, to: 29_999 }),
  /** Where the relay answers STUN; 0: it does not. */
  BERTH_STUN_PORT: port.default(3478),
  BERTH_RELAY_SOCKET: z.string().min(1),
  /** Of this node: where its relays listen, and where a derper's port is published. */
  BERTH_RELAY_HOST: z.ipv4().default("0.0.0.0"),
  /** Needed only for leases that are served by derper. */
  BERTH_DOCKER_SOCKET: z.string().min(1).default("/var/run/docker.sock"),
  /** An image on this node whose entrypoint is Tailscale's derper. It is not pulled. */
  BERTH_DERPER_IMAGE: z.string().min(1).default("berth/derper"),
  /** Holds agent.log and relay.log, so that they can be shown; absent: they are kept elsewhere. */
  BERTH_LOG_FOLDER: z.string().min(1).optional(),
  /** 1: super admins may open a shell here, with the rights of this agent. */
  BERTH_NODE_SHELL: z.enum(["0", "1"]).default("0"),
  LOG_LEVEL: z.enum(["debug", "info", "warn", "error"]).default("info"),
});

/** The agent's settings, all of them; a start with a wrong one fails and names every problem at once. */
export function readConfig(env: NodeJS.ProcessEnv = process.env) {
  const read = settings.parse(env);
  return Object.freeze({
    controlUrl: read.BERTH_CONTROL_URL,
    folder: read.BERTH_AGENT_DATA,
    joinToken: read.BERTH_JOIN_TOKEN,
    joinTokenFile: read.BERTH_JOIN_TOKEN_FILE,
    name: read.BERTH_NODE_NAME,
    addresses: read.BERTH_NODE_ADDRESSES,
    region: read.BERTH_NODE_REGION,
    ports: read.BERTH_NODE_PORTS,
    stunPort: read.BERTH_STUN_PORT,
    relaySocket: read.BERTH_RELAY_SOCKET,
    relayHost: read.BERTH_RELAY_HOST,
    dockerSocket: read.BERTH_DOCKER_SOCKET,
    derperImage: read.BERTH_DERPER_IMAGE,
    logFolder: read.BERTH_LOG_FOLDER,
    canShell: read.BERTH_NODE_SHELL === "1",
    logLevel: read.LOG_LEVEL,
  });
}

export type Config = ReturnType<typeof readConfig>;

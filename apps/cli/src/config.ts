import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { controlSettings } from "@berth/control/config";
import { readSettings } from "@berth/core/platform/settings-file";
import { z } from "zod";

const port = (fallback: number) => z.coerce.number().int().min(0).max(65_535).default(fallback);

const settings = z.object({
  BERTH_DATA: z.string().default("./data"),
  BERTH_DATABASE_URL: z.url().optional(),
  BERTH_DATABASE_UNVERIFIED_HOSTS: controlSettings.shape.BERTH_DATABASE_UNVERIFIED_HOSTS,
  BERTH_ARCHIVE_FOLDER: controlSettings.shape.BERTH_ARCHIVE_FOLDER,
  BERTH_HTTP_HOST: z.string().default("127.0.0.1"),
  BERTH_HTTP_PORT: port(8080),
  BERTH_LINK_PORT: port(8443),
  BERTH_PUBLIC_URL: z.url().optional(),
  BERTH_MASTER_KEY: z.string().optional(),
  BERTH_MASTER_KEY_NEXT: z.string().optional(),
  /** `0`: no node on this machine. */
  BERTH_LOCAL_NODE: z.enum(["0", "1"]).default("1"),
  BERTH_NODE_ADDRESSES: z.string().default("127.0.0.1"),
  BERTH_NODE_PORTS: z.string().default("20000-29999"),
  BERTH_STUN_PORT: port(3478),
  /** TLS, where the node's relay joins two ends that both dialled; 0: nowhere. */
  BERTH_RENDEZVOUS_PORT: port(8444),
  /** Who asks: a session's token or an API key. */
  BERTH_TOKEN: z.string().optional(),
});

/** Settings of the command line: file and environment. What control, agent and relay read themselves is passed on to them untouched. */
export function readConfig(env: NodeJS.ProcessEnv = process.env) {
  const read = readSettings(env, settings, Object.keys(controlSettings.shape));
  const data = resolve(read.BERTH_DATA);
  return Object.freeze({
    ...read,
    data,
    env,
    /** Who runs here and where it answers, while something runs. */
    runFile: join(data, "run.json"),
    relaySocket: shortSocket(join(data, "node", "relay.sock")),
  });
}

export type Config = ReturnType<typeof readConfig>;

/** The path itself, or a short one in its place: a Unix socket's path has 107 bytes at the most. */
export function shortSocket(path: string): string {
  if (Buffer.byteLength(path) <= 100) return path;
  return join(tmpdir(), `berth-${createHash("sha256").update(path).digest("hex").slice(0, 16)}`, "relay.sock");
}

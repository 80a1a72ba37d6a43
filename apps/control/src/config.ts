import { parseNetwork } from "@berth/core/platform/client-address";
import { readSettings } from "@berth/core/platform/settings-file";
import { z } from "zod";
import { tlsSettings } from "./tls-settings.ts";

const port = (fallback: number) => z.coerce.number().int().min(0).max(65_535).default(fallback);

const networks = z
  .string()
  .default("")
  .transform((text) => text.split(",").flatMap((one) => one.trim() || []))
  .refine((list) => list.every(parseNetwork), "addresses and networks such as 10.0.0.0/8, with commas between");

export const controlSettings = z.object({
  BERTH_DATA: z.string().default("./data"),
  BERTH_DATABASE_URL: z.url(),
  /** Hosts of the database that need no verified TLS: whose network the operator answers for. */
  BERTH_DATABASE_UNVERIFIED_HOSTS: z
    .string()
    .default("")
    .transform((text) => text.split(",").flatMap((one) => one.trim() || [])),
  BERTH_HTTP_HOST: z.string().default("127.0.0.1"),
  BERTH_HTTP_PORT: port(8080),
  /** Whose word on whom they ask for is taken: addresses and networks, with commas between. */
  BERTH_TRUSTED_PROXIES: networks,
  ...tlsSettings,
  BERTH_LINK_HOST: z.string().default("0.0.0.0"),
  BERTH_LINK_PORT: port(8443),
  BERTH_PUBLIC_URL: z.url().optional(),
  BERTH_MASTER_KEY: z.string().optional(),
  /** The one that will replace it, while every replica is given both. */
  BERTH_MASTER_KEY_NEXT: z.string().optional(),
  BERTH_ADMIN_EMAIL: z.email().optional(),
  BERTH_ADMIN_PASSWORD: z.string().optional(),
  /** How long it serves on after it was told to end, for whoever spreads requests to see that it is not ready. */
  BERTH_DRAIN_SECONDS: z.coerce.number().min(0).max(8).default(1),
  BERTH_SMTP_URL: z.url().optional(),
  /** A table of where addresses are (MMDB), as one with cities, instead of the one that comes along. */
  BERTH_LOCATIONS_FILE: z.string().optional(),
  /** Gets the signed head of the chain of events, a line a minute: outside the database, best on another machine. */
  BERTH_HEADS_FILE: z.string().optional(),
  /** Where the sealed files of past days' events lie: the same folder for all replicas. */
  BERTH_ARCHIVE_FOLDER: z.string().min(1).optional(),
  /** Where to put a join token for the node on this machine. */
  BERTH_LOCAL_NODE_TOKEN_FILE: z.string().optional(),
  LOG_LEVEL: z.enum(["debug", "info", "warn", "error", "silent"]).default("info"),
});

/** Settings of `berth up` itself, which stand in the same file. */
const upSettings = [
  "BERTH_LOCAL_NODE",
  "BERTH_NODE_ADDRESSES",
  "BERTH_NODE_PORTS",
  "BERTH_STUN_PORT",
  "BERTH_RENDEZVOUS_PORT",
];

/** Control's settings, all of them: file and environment. A start with a wrong one fails and names every problem at once. */
export function readConfig(env: NodeJS.ProcessEnv = process.env) {
  return Object.freeze(readSettings(env, controlSettings, upSettings));
}

export type Config = ReturnType<typeof readConfig>;

import { existsSync } from "node:fs";
import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type PostgresServer, startPostgres } from "@berth/core/platform/postgres-server";
import { onParentGone } from "@berth/kit";
import type { Config } from "./config.ts";
import { keepRunning, mainOf, type Program, type Running } from "./program.ts";
import { removeRun, requireAlone, writeRun } from "./run-file.ts";

const say = (line: string) => void process.stdout.write(`${line}\n`);

/** Everything on this machine: database, control, and one node. Ends on SIGINT, SIGTERM, or when its parent is gone. */
export async function up(config: Config): Promise<void> {
  for (const folder of ["logs", "node"]) await mkdir(join(config.data, folder), { recursive: true, mode: 0o700 });
  await chmod(config.data, 0o700);
  await requireAlone(config.runFile);
  const parts: Running[] = [];
  let database: PostgresServer | undefined;
  let ending: Promise<void> | undefined;
  const end = () => {
    ending ??= stopAll(config, parts, () => database);
    return ending;
  };
  onEnd(end);

  if (!config.BERTH_DATABASE_URL) {
    say("starting the database");
    database = await startPostgres({ folder: join(config.data, "postgres"), log: logOnOutput });
  }
  const databaseUrl = config.BERTH_DATABASE_URL ?? (database as PostgresServer).url;
  await writeRun(config.runFile, { pid: process.pid, databaseUrl });
  if (ending) return;
  const isKeyNew = !config.BERTH_MASTER_KEY && !existsSync(join(config.data, "keys", "master"));
  say("starting control");
  const control = keepRunning(controlProgram(config, databaseUrl));
  parts.push(control);
  const first = (await control.firstMessage()) as Ready | { refused: string };
  if ("refused" in first) {
    say(`control can't start: ${first.refused}`);
    process.exitCode = 1;
    return end();
  }
  const ready = first;
  if (config.BERTH_LOCAL_NODE === "1") parts.push(...startNode(config, ready.linkPort));
  await writeRun(config.runFile, { pid: process.pid, databaseUrl, url: ready.url });
  say(`ready ${config.BERTH_PUBLIC_URL ?? ready.url}`);
  if (ready.firstLink) say(`sign in as the first super admin: ${ready.firstLink}`);
  if (isKeyNew) say(paperHint);
}

interface Ready {
  readonly url: string;
  readonly linkPort: number;
  readonly firstLink?: string;
}

const paperHint = "without its master key a backup is worth nothing; print it for paper: npm run berth -- keys sheet";

async function stopAll(config: Config, parts: Running[], database: () => PostgresServer | undefined): Promise<void> {
  say("stopping");
  await Promise.all(parts.map((part) => part.stop()));
  await database()?.stop();
  await removeRun(config.runFile);
  process.exit();
}

function onEnd(end: () => Promise<void>): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, end);
  onParentGone(end);
}

function program(config: Config, name: string, env: Record<string, string>): Program {
  return {
    name,
    main: mainOf(name),
    env: { ...config.env, ...env },
    logFile: join(config.data, "logs", `${name}.log`),
    onRestart: say,
  };
}

function controlProgram(config: Config, databaseUrl: string): Program {
  const tokenFile = join(config.data, "node", "join-token");
  const needsToken = config.BERTH_LOCAL_NODE === "1" && !existsSync(join(config.data, "node", "identity.json"));
  return program(config, "control", {
    BERTH_DATA: config.data,
    BERTH_DATABASE_URL: databaseUrl,
    ...(needsToken ? { BERTH_LOCAL_NODE_TOKEN_FILE: tokenFile } : {}),
  });
}

/** The node on this machine: a relay and an agent, each a process of its own. */
function startNode(config: Config, linkPort: number): Running[] {
  const shared = {
    BERTH_RELAY_SOCKET: config.relaySocket,
    BERTH_STUN_PORT: String(config.BERTH_STUN_PORT),
    BERTH_RENDEZVOUS_PORT: String(config.BERTH_RENDEZVOUS_PORT),
  };
  const folder = join(config.data, "node");
  return [
    keepRunning(program(config, "relay", shared)),
    keepRunning(
      program(config, "agent", {
        ...shared,
        BERTH_CONTROL_URL: `https://127.0.0.1:${linkPort}`,
        BERTH_AGENT_DATA: folder,
        BERTH_LOG_FOLDER: join(config.data, "logs"),
        BERTH_JOIN_TOKEN_FILE: join(folder, "join-token"),
        BERTH_NODE_NAME: "local",
        BERTH_NODE_ADDRESSES: config.BERTH_NODE_ADDRESSES,
        BERTH_NODE_PORTS: config.BERTH_NODE_PORTS,
      }),
    ),
  ];
}

const logOnOutput = {
  debug() {},
  info: (_: object, message?: string) => say(message ?? ""),
  warn: (_: object, message?: string) => say(message ?? ""),
  error: (_: object, message?: string) => say(message ?? ""),
} as Parameters<typeof startPostgres>[0]["log"];

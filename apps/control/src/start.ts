import { writeFile } from "node:fs/promises";
import { ensureFirstAdmin } from "@berth/core/accounts";
import { headSweep, sealedChannel } from "@berth/core/audit";
import { createJoinToken } from "@berth/core/fleet";
import { Guard, guardChannel } from "@berth/core/guard";
import { keepPartitions } from "@berth/core/metering";
import { progressChannel } from "@berth/core/operations";
import { requireNoClearText, TrustedProxies } from "@berth/core/platform/client-address";
import { databaseClock } from "@berth/core/platform/clock";
import type { Context } from "@berth/core/platform/context";
import { openDatabase } from "@berth/core/platform/database";
import { requireSecureDatabase } from "@berth/core/platform/database-tls";
import { useLocations } from "@berth/core/platform/geoip";
import { migrateJobs, startJobs } from "@berth/core/platform/jobs";
import { keySweep } from "@berth/core/platform/keys-reseal";
import { keyringChannel } from "@berth/core/platform/keys-ring";
import { createLog } from "@berth/core/platform/logger";
import { migrate } from "@berth/core/platform/migrate";
import { listen } from "@berth/core/platform/notify";
import { startSweeps } from "@berth/core/platform/sweeps";
import { settingsChannel } from "@berth/core/settings";
import { type Clock, secondMs, sleep } from "@berth/kit";
import { archiveSweeps } from "./archive.ts";
import type { Config } from "./config.ts";
import { createApp, jobs, sweeps } from "./control.ts";
import { followKeys, openKeys, readyKeys, sealedColumns } from "./keys.ts";
import { startLink } from "./link.ts";
import { allMigrations } from "./migrations.ts";
import { offerings } from "./offerings.ts";
import { startHeartbeatWriter } from "./sync.ts";
import { prepareTls, readTls } from "./tls.ts";
import { publicUrlOf } from "./tls-plan.ts";

export interface Control {
  readonly url: string;
  /** Where TLS is spoken, if it is, and where clear text is sent on to it. */
  readonly securePort: number | undefined;
  readonly redirectPort: number | undefined;
  readonly linkPort: number;
  /** How the first super admin signs in; absent when there is one. */
  readonly firstLink: string | undefined;
  /** Looks at certificates again, in files and in the database; absent without TLS. */
  readonly reloadCertificates: (() => Promise<void>) | undefined;
  /** Finishes what is in flight, within 10 s. */
  close(): Promise<void>;
}

export interface StartOptions {
  /** The database's clock unless given. */
  readonly now?: Clock;
}

/** Starts the whole control plane over a database that answers. */
export async function startControl(config: Config, { now }: StartOptions = {}): Promise<Control> {
  const log = createLog(config.LOG_LEVEL, "control");
  const proxies = namedProxies(config);
  const plan = await readTls(config);
  requireSecureDatabase(config.BERTH_DATABASE_URL, config.BERTH_DATABASE_UNVERIFIED_HOSTS);
  const { ctx, database, keyring } = await openWorld(config, { log, now });
  const tls = plan && (await prepareTls(ctx, config, plan));
  const guard = new Guard(ctx, { proxies });
  const link = await startLink(
    ctx,
    { host: config.BERTH_LINK_HOST, port: config.BERTH_LINK_PORT, names: linkNames(config) },
    guard,
  );
  const linkUrl = `https://${linkNames(config)[0]}:${link.port}`;
  const publicUrl = publicUrlOf(config, plan);
  const hasMailServer = config.BERTH_SMTP_URL !== undefined;
  const served = { keyring, proxies, guard, shelf: tls?.shelf, hasMailServer };
  const app = await createApp(ctx, { log, linkUrl, publicUrl, ...served });
  const firstLink = await ensureFirstAdmin(ctx, {
    email: config.BERTH_ADMIN_EMAIL,
    password: config.BERTH_ADMIN_PASSWORD,
    publicUrl,
  });
  const url = await app.listen({ host: config.BERTH_HTTP_HOST, port: config.BERTH_HTTP_PORT });
  const secure = await tls?.listen(app);
  const keys = followKeys(ctx, keyring);
  const listener = listen(config.BERTH_DATABASE_URL, log, {
    channels: {
      ...link.channels,
      ...tls?.channels,
      [keyringChannel]: keys.look,
      [sealedChannel]: app.live.look,
      [progressChannel]: (operationId) => app.live.mention("operations", operationId),
      [guardChannel]: () => app.guard.lookAgain(),
      [settingsChannel]: () => app.guard.lookAgain(),
    },
    onConnect: () => {
      link.lookAgain();
      app.live.look();
      app.guard.lookAgain();
      keys.look();
      void tls?.lookAgain();
    },
  });
  const running = [
    startJobs(ctx, database.pool, jobs(config.BERTH_SMTP_URL)),
    startSweeps(ctx, [...sweeps, ...exportSweeps(config), keySweep(keyring, sealedColumns), ...(tls?.sweeps ?? [])]),
  ];
  const heartbeats = startHeartbeatWriter(ctx);
  if (config.BERTH_LOCAL_NODE_TOKEN_FILE) await offerLocalNode(ctx, config.BERTH_LOCAL_NODE_TOKEN_FILE, linkUrl);

  return {
    url,
    securePort: secure?.port,
    redirectPort: secure?.redirectPort,
    linkPort: link.port,
    firstLink,
    reloadCertificates: tls?.lookAgain,
    async close() {
      app.isEnding = true;
      await sleep(config.BERTH_DRAIN_SECONDS * secondMs);
      heartbeats.close();
      keys.close();
      await Promise.all([secure?.close(), app.close(), link.close(), ...running.map((part) => part.close())]);
      await listener.close();
      await database.close();
    },
  };
}

/** The database as this version wants it, and everything that use cases need. */
async function openWorld(config: Config, { log, now }: StartOptions & { readonly log: Context["log"] }) {
  if (config.BERTH_LOCATIONS_FILE) await useLocations(config.BERTH_LOCATIONS_FILE);
  const database = openDatabase(config.BERTH_DATABASE_URL);
  await migrate(database.pool, allMigrations);
  await migrateJobs(database.pool);
  const world: Omit<Context, "keys"> = {
    db: database.db,
    now: now ?? (await databaseClock(database.pool)),
    actor: { kind: "system", task: "start" },
    log,
    offerings,
  };
  const keyring = await openKeys(config, world);
  const ctx: Context = { ...world, keys: keyring };
  await readyKeys(ctx);
  await keepPartitions(ctx);
  return { ctx, database, keyring };
}

/** What leaves the database for a place of its own: the chain's head and past days' events. */
const exportSweeps = (config: Config) => [
  ...(config.BERTH_HEADS_FILE ? [headSweep(config.BERTH_HEADS_FILE)] : []),
  ...archiveSweeps(config),
];

/** Refuses a start that would speak in clear text with anybody but them. */
function namedProxies({ BERTH_HTTP_HOST, BERTH_TRUSTED_PROXIES }: Config): TrustedProxies {
  const proxies = new TrustedProxies(BERTH_TRUSTED_PROXIES);
  requireNoClearText(BERTH_HTTP_HOST, proxies);
  return proxies;
}

function linkNames({ BERTH_PUBLIC_URL, BERTH_LINK_HOST }: Config): string[] {
  const names = BERTH_PUBLIC_URL ? [new URL(BERTH_PUBLIC_URL).hostname] : [];
  if (BERTH_LINK_HOST !== "0.0.0.0" && BERTH_LINK_HOST !== "::") names.push(BERTH_LINK_HOST);
  return [...new Set([...names, "127.0.0.1", "localhost"])];
}

/** A token for the node on this machine, in a file that only its owner reads. */
async function offerLocalNode(ctx: Context, file: string, linkUrl: string): Promise<void> {
  const { token } = await createJoinToken(ctx, { region: "local" }, linkUrl);
  await writeFile(file, `${token}\n`, { mode: 0o600 });
}

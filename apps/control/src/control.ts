import { fileURLToPath } from "node:url";
import { accessRoutes, factorRoutes, identifyWith, requireProof, ticketSweep, tokenKeySweep } from "@berth/core/access";
import { accountRoutes, accountSettings, accountSweeps } from "@berth/core/accounts";
import { auditRoutes, guessingSweep, liveSource, noteExport, sealSweep } from "@berth/core/audit";
import { catalogueRoutes } from "@berth/core/catalogue";
import { certificateRoutes } from "@berth/core/certificates";
import { fleetRoutes, fleetSettings, fleetSweeps } from "@berth/core/fleet";
import { admitBy, Guard, guardRequests, guardRoutes, guardSettings, guardSweep, type Limits } from "@berth/core/guard";
import { configurationRoutes, leaseJobs, leaseRoutes, leaseSweeps } from "@berth/core/leases";
import { meteringRoutes, partitionSweep, usedTotals } from "@berth/core/metering";
import { noticeJobs, noticeRoutes, noticeSettings, noticeSweeps } from "@berth/core/notices";
import { operationRoutes, operationSweeps, streamRoutes } from "@berth/core/operations";
import { orderRoutes } from "@berth/core/orders";
import { overviewRoutes } from "@berth/core/overview";
import { TrustedProxies } from "@berth/core/platform/client-address";
import type { Context } from "@berth/core/platform/context";
import { idempotencySweep } from "@berth/core/platform/idempotency";
import type { Job } from "@berth/core/platform/jobs";
import type { Keyring } from "@berth/core/platform/keys-ring";
import { serveLive } from "@berth/core/platform/live";
import { servePages } from "@berth/core/platform/pages";
import { createServer } from "@berth/core/platform/server";
import type { Sweep } from "@berth/core/platform/sweeps";
import type { Shelf } from "@berth/core/platform/tls/shelf";
import { forgetGuessesSweep, serialRoutes, serialSettings } from "@berth/core/serials";
import { keyringRoutes, type Setting, settingRoutes } from "@berth/core/settings";
import { derpRoutes, keySourceSweep } from "@berth/offering-derp/control";
import type pino from "pino";
import { packAgent } from "./agent-archive.ts";
import { archiveSettings } from "./archive.ts";
import { sealedColumns } from "./keys.ts";

/** Queued work of all slices. */
export function jobs(smtpUrl: string | undefined): Job[] {
  return [...noticeJobs(smtpUrl ? { smtpUrl } : undefined), ...leaseJobs];
}

/** Work that is due by the clock. */
export const sweeps: readonly Sweep[] = [
  sealSweep,
  guessingSweep,
  idempotencySweep,
  guardSweep,
  ...noticeSweeps,
  ...accountSweeps,
  ticketSweep,
  tokenKeySweep,
  forgetGuessesSweep,
  ...fleetSweeps,
  ...operationSweeps,
  ...leaseSweeps,
  partitionSweep,
  keySourceSweep,
];

/** What is set in the console while everything runs. */
const settings: readonly Setting[] = [
  ...archiveSettings,
  ...guardSettings,
  ...noticeSettings,
  ...accountSettings,
  ...serialSettings,
  ...fleetSettings,
];

/** What browsers get: an application that looks at its address itself. */
const pages = { folder: fileURLToPath(new URL("../../console/dist", import.meta.url)) };

export interface AppOptions {
  readonly log: pino.Logger;
  /** Where agents reach control. */
  readonly linkUrl: string;
  /** Where people reach control. Never taken from a request: whoever sends it chooses what its Host says. */
  readonly publicUrl: string;
  /** Absent where keys lie in no database: then they can't be replaced. */
  readonly keyring?: Keyring;
  /** Who may say for whom they ask; nobody unless given. */
  readonly proxies?: TrustedProxies;
  /** What it is served with over TLS; absent where somebody else ends that. */
  readonly shelf?: Shelf;
  /** Whether mails can leave; absent where nobody knows. */
  readonly hasMailServer?: boolean;
  /** The usual ones unless given. */
  readonly limits?: Limits;
  /** What else it stands before as well; one of its own unless given. */
  readonly guard?: Guard;
}

declare module "fastify" {
  interface FastifyInstance {
    guard: Guard;
  }
}

/** The HTTP side of control, all slices and offerings, not yet listening. */
export async function createApp(ctx: Context, options: AppOptions) {
  const { log, linkUrl, publicUrl, keyring, limits, shelf, proxies = new TrustedProxies([]) } = options;
  const guard = options.guard ?? new Guard(ctx, { proxies, limits });
  const identify = identifyWith(publicUrl);
  const app = await createServer({ ctx, log, identify, requireProof, admission: admitBy(guard), noteExport, proxies });
  app.decorate("guard", guard);
  guardRequests(app, guard);
  guardRoutes(app, guard);
  auditRoutes(app);
  settingRoutes(app, settings);
  keyringRoutes(app, keyring && { masters: keyring.masters, columns: sealedColumns });
  noticeRoutes(app);
  certificateRoutes(app, shelf);
  accountRoutes(app);
  factorRoutes(app, publicUrl);
  accessRoutes(app, publicUrl);
  catalogueRoutes(app);
  serialRoutes(app);
  fleetRoutes(app, { linkUrl, archive: packAgent });
  operationRoutes(app);
  leaseRoutes(app);
  configurationRoutes(app);
  meteringRoutes(app);
  orderRoutes(app);
  overviewRoutes(app, options.hasMailServer);
  derpRoutes(app, publicUrl);
  await serveLive(app, { ...liveSource, totals: usedTotals });
  await streamRoutes(app, linkUrl);
  servePages(app, pages);
  return app;
}

import { readFile } from "node:fs/promises";
import {
  type Authority,
  certificateSweeps,
  certificatesChannel,
  challengeAnswers,
  ensureCertificates,
  openCertificates,
} from "@berth/core/certificates";
import { TrustedProxies } from "@berth/core/platform/client-address";
import { exceptFor } from "@berth/core/platform/connections";
import type { Context } from "@berth/core/platform/context";
import type { Sweep } from "@berth/core/platform/sweeps";
import { type Certificate, isCovered } from "@berth/core/platform/tls/certificate";
import { OwnFiles, readOwn, requireCovered } from "@berth/core/platform/tls/own-files";
import { serveRedirect } from "@berth/core/platform/tls/redirect-server";
import { type Answerer, serveSecurely } from "@berth/core/platform/tls/secure-server";
import { Shelf, type ShelfPart } from "@berth/core/platform/tls/shelf";
import { secondMs } from "@berth/kit";
import type { Config } from "./config.ts";
import { planTls, type TlsPlan } from "./tls-plan.ts";

export interface Listening {
  readonly port: number;
  readonly redirectPort: number | undefined;
  close(): Promise<void>;
}

/** Control's side of TLS, before and while it listens. */
export interface Tls {
  readonly shelf: Shelf;
  readonly sweeps: readonly Sweep[];
  readonly channels: Readonly<Record<string, () => void>>;
  /** Reads the operator's files and what is kept again. */
  lookAgain(): Promise<void>;
  listen(app: Answerer): Promise<Listening>;
}

/** How often files are looked at, and what is kept in case nobody could tell of a change. */
const lookMs = 5 * secondMs;

/** What the settings say, and the operator's own certificates, checked: before anything else is begun. */
export async function readTls(config: Config): Promise<CheckedPlan | undefined> {
  const plan = planTls(config);
  if (!plan) return undefined;
  const own = await readOwn(plan.files, new Date());
  if (!plan.isOrdered && !plan.isSelfSigned) requireCovered(plan.names, own);
  return { ...plan, own };
}

export interface CheckedPlan extends TlsPlan {
  readonly own: readonly Certificate[];
}

/** Puts on the shelf what there is to serve. From here on no name is without a certificate. */
export async function prepareTls(ctx: Context, config: Config, plan: CheckedPlan): Promise<Tls> {
  const { own, files, names, rules, isOrdered } = plan;
  const isKept = isOrdered || plan.isSelfSigned;
  const kept = isKept ? names.filter((name) => !own.some((one) => isCovered(name, one))) : [];
  await ensureCertificates(ctx, { names: kept, isOrdered });

  const shelf = new Shelf(names, { now: ctx.now, rules });
  shelf.put("files", own);
  shelf.put("kept", await openCertificates(ctx));
  let refresh = () => {};
  const take = (part: ShelfPart, those: readonly Certificate[]) => {
    shelf.put(part, those);
    refresh();
  };
  const mustCover = isKept ? names.filter((name) => !kept.includes(name)) : names;
  const ownFiles = new OwnFiles(
    { files, names: mustCover, now: ctx.now, log: ctx.log, take: (those) => take("files", those) },
    own,
  );
  const lookAtKept = () => openCertificates(ctx).then((those) => take("kept", those));
  const end = new AbortController();
  const authority = isOrdered ? await authorityOf(config, end.signal) : undefined;
  const lookAgain = async () => {
    await ownFiles.look();
    await lookAtKept().catch((error: Error) => ctx.log.warn({ error: error.message }, "certificates not reloaded"));
  };

  return {
    shelf,
    sweeps: certificateSweeps({ names: kept, authority, shelf }),
    channels: { [certificatesChannel]: () => void lookAgain() },
    lookAgain,
    async listen(app) {
      const isExempt = exceptFor(new TrustedProxies(config.BERTH_TRUSTED_PROXIES));
      const secure = await serveSecurely(app, { host: config.BERTH_TLS_HOST, port: plan.port, shelf, rules, isExempt });
      refresh = secure.refresh;
      const redirect = await redirectTo(ctx, config, { ...plan, port: secure.port });
      const timer = setInterval(() => void lookAgain(), lookMs);
      return {
        port: secure.port,
        redirectPort: redirect?.port,
        async close() {
          clearInterval(timer);
          end.abort(new Error("control is about to end"));
          await Promise.all([secure.close(), redirect?.close()]);
        },
      };
    },
  };
}

async function redirectTo(ctx: Context, { BERTH_TLS_HOST }: Config, { redirectPort, names, port }: TlsPlan) {
  if (redirectPort === undefined) return undefined;
  return serveRedirect({
    host: BERTH_TLS_HOST,
    port: redirectPort,
    names,
    securePort: port,
    answerTo: challengeAnswers(ctx),
  });
}

async function authorityOf(config: Config, signal: AbortSignal): Promise<Authority> {
  const { BERTH_ACME_EAB_KEY_ID: keyId, BERTH_ACME_EAB_KEY: key, BERTH_ACME_CA_FILE: caFile } = config;
  return {
    directory: config.BERTH_ACME_DIRECTORY,
    email: config.BERTH_ACME_EMAIL,
    profile: config.BERTH_ACME_PROFILE,
    external: keyId && key ? { keyId, key } : undefined,
    ca: caFile ? await readFile(caFile, "utf8") : undefined,
    signal,
  };
}

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { goTool } from "../tools.ts";
import { makeCertificate, putFiles } from "./certificates.ts";
import { nextTestPort } from "./ports.ts";

/** A certificate authority of a test's own, and the DNS that it asks. */
export interface Pebble {
  /** Settings of a control that orders from it. */
  readonly env: NodeJS.ProcessEnv;
  /** Where it looks at names and addresses by http-01. */
  readonly httpPort: number;
  /** PEM: who vouches for what it issues. */
  root(): Promise<string>;
  /** Lets a name have this address; every other one has 127.0.0.1. */
  point(name: string, address: string): Promise<void>;
  /** Makes it forget everything that it knew. */
  restart(): Promise<void>;
  /** How many orders it was ever given. */
  orders(): number;
  close(): Promise<void>;
}

interface PebbleOptions {
  /** Takes accounts with this external key only. */
  readonly external?: { readonly keyId: string; readonly key: string };
}

export async function startPebble({ external }: PebbleOptions = {}): Promise<Pebble> {
  const folder = await mkdtemp(join(tmpdir(), "berth-pebble-"));
  const [port, managementPort, httpPort, tlsPort, dnsPort, dnsManagementPort] = Array.from({ length: 6 }, nextTestPort);
  const authority = await makeCertificate([]);
  const own = await putFiles(folder, "own", await makeCertificate(["127.0.0.1"], { issuer: authority }));
  const caFile = join(folder, "ca.pem");
  await writeFile(caFile, authority.certificate);
  const config = {
    listenAddress: `127.0.0.1:${port}`,
    managementListenAddress: `127.0.0.1:${managementPort}`,
    certificate: own.chain,
    privateKey: own.key,
    httpPort,
    tlsPort,
    externalAccountBindingRequired: external !== undefined,
    externalAccountMACKeys: external ? { [external.keyId]: external.key } : {},
    keyAlgorithm: "ecdsa",
    retryAfter: { authz: 1, order: 1 },
    profiles: {
      default: { description: "ninety days", validityPeriod: 7_776_000 },
      shortlived: { description: "six days", validityPeriod: 518_400 },
    },
  };
  await writeFile(join(folder, "config.json"), JSON.stringify({ pebble: config }));
  const dns = await launch("pebble-challtestsrv", [
    ...["-http01", "", "-https01", "", "-tlsalpn01", "", "-doh", "", "-defaultIPv6", ""],
    ...["-dnsserver", `127.0.0.1:${dnsPort}`, "-management", `127.0.0.1:${dnsManagementPort}`],
  ]);
  const start = () => launch("pebble", ["-config", join(folder, "config.json"), "-dnsserver", `127.0.0.1:${dnsPort}`]);
  let server = await start();
  const get = (path: string, from: number | undefined) =>
    getText(`https://127.0.0.1:${from}${path}`, authority.certificate);
  await until(() => get("/dir", port));
  await until(() => fetch(`http://127.0.0.1:${dnsManagementPort}/`));
  return {
    env: {
      BERTH_ACME_TERMS_AGREED: "1",
      BERTH_ACME_DIRECTORY: `https://127.0.0.1:${port}/dir`,
      BERTH_ACME_CA_FILE: caFile,
      // Asked for none, it takes any.
      BERTH_ACME_PROFILE: "default",
      BERTH_TLS_REDIRECT_PORT: String(httpPort),
    },
    httpPort: httpPort as number,
    root: () => get("/roots/0", managementPort),
    async point(host, address) {
      const body = JSON.stringify({ host: `${host}.`, addresses: [address] });
      for (const path of ["clear-a", "add-a"]) {
        await fetch(`http://127.0.0.1:${dnsManagementPort}/${path}`, { method: "POST", body });
      }
    },
    async restart() {
      await server.stop();
      server = await start();
      await until(() => get("/dir", port));
    },
    orders: () => server.said().match(/Added order/g)?.length ?? 0,
    async close() {
      await Promise.all([dns.stop(), server.stop()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function launch(name: "pebble" | "pebble-challtestsrv", args: readonly string[]) {
  const env = { ...process.env, PEBBLE_VA_NOSLEEP: "1", PEBBLE_AUTHZREUSE: "0", PEBBLE_WFE_NONCEREJECT: "15" };
  const child = spawn(await goTool(name), args, { env, stdio: ["ignore", "pipe", "pipe"] });
  const ended = once(child, "exit");
  let heard = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (heard += data));
  return {
    said: () => heard,
    async stop() {
      child.kill();
      await ended;
    },
  };
}

async function getText(url: string, ca: string): Promise<string> {
  const sent = request(url, { ca, agent: false });
  sent.end();
  const [response] = await once(sent, "response");
  return text(response);
}

async function until(work: () => Promise<unknown>): Promise<void> {
  for (let tries = 0; ; tries++) {
    const error = await work().then(
      () => undefined,
      (error: Error) => error,
    );
    if (!error) return;
    if (tries > 200) throw error;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

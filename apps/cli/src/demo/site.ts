import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { newSecret, sleep } from "@berth/kit";
import type { Config } from "../config.ts";

/** The Berth that the demo talks to, and somebody who may do everything there. */
export interface Site {
  readonly url: string;
  readonly email: string;
  readonly password: string;
  /** A folder for the demo's own nodes. */
  readonly folder: string;
  close(): Promise<void>;
}

/**
 * The Berth at BERTH_PUBLIC_URL, with the super admin of BERTH_ADMIN_EMAIL and BERTH_ADMIN_PASSWORD; without these a Berth of
 * the demo's own, in a folder that goes with it.
 */
export async function openSite(config: Config): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), "berth-demo-"));
  const { BERTH_ADMIN_EMAIL: email, BERTH_ADMIN_PASSWORD: password } = config.env;
  if (config.BERTH_PUBLIC_URL && email && password) {
    return {
      url: config.BERTH_PUBLIC_URL,
      email,
      password,
      folder,
      close: () => rm(folder, { recursive: true, force: true }),
    };
  }
  return startOwn(config, folder);
}

async function startOwn(config: Config, folder: string): Promise<Site> {
  const [http, link] = [await freePort(), await freePort()];
  const [email, password] = ["operator@example.com", newSecret()];
  const url = `http://127.0.0.1:${http}`;
  const main = fileURLToPath(new URL("../main.ts", import.meta.url));
  const child = spawn(process.execPath, [main, "up"], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    env: {
      ...config.env,
      BERTH_DATA: join(folder, "berth"),
      BERTH_DATABASE_URL: undefined,
      BERTH_PUBLIC_URL: undefined,
      BERTH_LOCAL_NODE: "0",
      BERTH_HTTP_PORT: String(http),
      BERTH_LINK_PORT: String(link),
      BERTH_ADMIN_EMAIL: email,
      BERTH_ADMIN_PASSWORD: password,
    },
  });
  await answers(url, child);
  return {
    url,
    email,
    password,
    folder,
    async close() {
      child.kill("SIGTERM");
      if (child.exitCode === null) await once(child, "exit");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function answers(url: string, child: ChildProcess): Promise<void> {
  for (let waitedMs = 0; waitedMs < 60_000; waitedMs += 100) {
    if (child.exitCode !== null) throw new Error(`berth up ended (${child.exitCode})`);
    const reply = await fetch(`${url}/readyz`).catch(() => undefined);
    if (reply?.ok) return;
    await sleep(100);
  }
  throw new Error(`${url} did not become ready within 60 s`);
}

/** A port that nobody uses now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}

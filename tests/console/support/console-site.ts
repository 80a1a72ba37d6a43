import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Browser, type BrowserContext, chromium } from "playwright-core";
import { type TestDatabase, testDatabase } from "../../support/database.ts";

export const password = "correct horse battery";

/** Control as a process of its own, and a browser. */
export interface ConsoleSite {
  readonly url: string;
  readonly firstLink: string;
  readonly database: TestDatabase;
  readonly browser: Browser;
  /** What browsers complained about. */
  readonly complaints: string[];
  stopControl(): Promise<void>;
}

const root = resolve(import.meta.dirname, "../../..");

/** Who ends what is started here: a test, or a program that measures. */
interface Owner {
  after(end: () => Promise<void>): void;
}

/** Reached by a name where one is given: passkeys belong to names, never to addresses. */
export async function startConsoleSite(t: Owner, { name }: { name?: string } = {}): Promise<ConsoleSite> {
  const database = await testDatabase();
  const port = await freePort();
  const named = name && `http://${name}:${port}`;
  const data = await mkdtemp(join(tmpdir(), "berth-console-"));
  const control = spawn(process.execPath, [join(root, "apps/control/src/main.ts")], {
    env: {
      ...process.env,
      BERTH_DATA: data,
      BERTH_DATABASE_URL: database.url,
      BERTH_HTTP_PORT: String(port),
      ...(named ? { BERTH_PUBLIC_URL: named } : {}),
      BERTH_LINK_HOST: "127.0.0.1",
      BERTH_LINK_PORT: "0",
      BERTH_DRAIN_SECONDS: "0",
      LOG_LEVEL: "error",
    },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  let browser: Browser | undefined;
  t.after(async () => {
    await browser?.close();
    await end(control);
    await database.close();
    await rm(data, { recursive: true, force: true });
  });
  const ready = (await once(control, "message"))[0] as { url: string; firstLink: string };
  browser = await chromium.launch({ executablePath: chromiumPath(), args: browserArgs });
  return { ...ready, url: named ?? ready.url, database, browser, complaints: [], stopControl: () => end(control) };
}

/** A browser by itself, for a site that was started elsewhere. */
export async function launchBrowser(t: Owner): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: chromiumPath(), args: browserArgs });
  t.after(() => browser.close());
  return browser;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

const browserArgs = [
  ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
  ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
];

function chromiumPath(): string | undefined {
  return ["chromium", "chromium-browser", "google-chrome"].map((name) => `/usr/bin/${name}`).find(existsSync);
}

async function end(control: ChildProcess): Promise<void> {
  if (control.exitCode !== null) return;
  control.kill("SIGTERM");
  await once(control, "exit");
}

/** A browser of one person. What its pages complain about is noted; that an answer was a refusal is no complaint. */
export async function openBrowser(
  site: Pick<ConsoleSite, "browser" | "complaints">,
  options: Parameters<Browser["newContext"]>[0] = {},
): Promise<BrowserContext> {
  const context = await site.browser.newContext({
    locale: "en-GB",
    timezoneId: "Asia/Shanghai",
    reducedMotion: "reduce",
    ...options,
  });
  context.setDefaultTimeout(15_000);
  context.on("console", (message) => {
    const isRefusal = /^Failed to load resource: the server responded with a status of 4\d\d/.test(message.text());
    if (["error", "warning"].includes(message.type()) && !isRefusal) site.complaints.push(message.text());
  });
  context.on("weberror", (error) => void site.complaints.push(String(error.error())));
  return context;
}

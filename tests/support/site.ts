import { execFile } from "node:child_process";
import { randomInt } from "node:crypto";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Call, catalogue, createClient, fleet, serials } from "@berth/api";
import { newSecret } from "@berth/kit";
import { freePort } from "../../apps/cli/src/demo/site.ts";
import { until } from "../../apps/cli/src/demo/story.ts";
import { keepRunning, mainOf, type Running } from "../../apps/cli/src/program.ts";
import { type PostgresServer, startPostgres } from "../../core/platform/postgres-server.ts";
import { signInTo } from "./sign-in.ts";

/** A node of a test site: an agent and a relay as processes of their own, which are started again when they die. */
export interface SiteNode {
  readonly name: string;
  readonly address: string;
  readonly folder: string;
  readonly agent: Running;
  readonly relay: Running;
}

/** A whole Berth of real processes in a folder of its own, each of which a test may kill. */
export interface Site {
  readonly folder: string;
  readonly url: string;
  readonly databaseUrl: string;
  readonly postgres: PostgresServer;
  readonly controls: readonly (Running & { readonly url: string })[];
  readonly nodes: readonly SiteNode[];
  readonly operator: Call;
  /** The operator's session. */
  readonly token: string;
  close(): Promise<void>;
}

export interface SiteOptions {
  readonly controls?: number;
  readonly nodes?: number;
  /** So many of the first nodes allow a shell. */
  readonly shells?: number;
}

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const operator = { email: "operator@example.com", password: "a password for tests" };

/** Starts a site and waits until everything is there. Keep it for a whole file: it takes some seconds. */
export async function startSite({ controls = 1, nodes = 3, shells = 0 }: SiteOptions): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), "berth-site-"));
  const postgres = await startPostgres({ folder: join(folder, "postgres"), log: quiet });
  const running: (Running & { url: string })[] = [];
  const linkPort = await freePort();
  // A corner of the loopback network that no other site on this machine is likely to use.
  const network = `127.${randomInt(16, 250)}.${randomInt(1, 250)}`;
  for (let index = 0; index < controls; index++) {
    // One after the other: the first one migrates.
    running.push(await startControl(folder, postgres.url, index === 0 ? linkPort : await freePort(), index));
  }
  const url = running[0]?.url as string;
  const { token } = await signInTo(createClient({ url }), operator);
  const call = createClient({ url, token: () => token });
  const started: SiteNode[] = [];
  for (let index = 1; index <= nodes; index++) {
    const canShell = index <= shells;
    started.push(await startNode(call, { folder, linkPort, address: `${network}.${index}`, index, canShell }));
  }
  await until(
    "nodes online",
    async () => (await call(fleet.listNodes, { state: "online" })).items.length === nodes,
    20_000,
  );
  return {
    folder,
    url,
    databaseUrl: postgres.url,
    postgres,
    controls: running,
    nodes: started,
    operator: call,
    token,
    async close() {
      await Promise.all(started.flatMap(({ agent, relay }) => [agent.stop(), relay.stop()]));
      await Promise.all(running.map((control) => control.stop()));
      await postgres.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function startControl(folder: string, databaseUrl: string, linkPort: number, index: number) {
  const port = await freePort();
  const control = keepRunning({
    name: "control",
    main: mainOf("control"),
    logFile: join(folder, `control-${index}.log`),
    env: {
      ...process.env,
      BERTH_DATA: join(folder, "data"),
      BERTH_DATABASE_URL: databaseUrl,
      BERTH_HTTP_PORT: String(port),
      BERTH_LINK_PORT: String(linkPort),
      BERTH_LINK_HOST: "127.0.0.1",
      BERTH_ADMIN_EMAIL: operator.email,
      BERTH_ADMIN_PASSWORD: operator.password,
    },
  });
  await control.firstMessage();
  return { ...control, url: `http://127.0.0.1:${port}` };
}

interface NodePlace {
  readonly folder: string;
  readonly linkPort: number;
  readonly address: string;
  readonly index: number;
  readonly canShell: boolean;
}

async function startNode(call: Call, { folder, linkPort, address, index, canShell }: NodePlace): Promise<SiteNode> {
  const name = `node-${index}`;
  const home = join(folder, name);
  await mkdir(home, { recursive: true, mode: 0o700 });
  const { token } = await call(fleet.createJoinToken, { name, region: `region-${index}` });
  const env = {
    ...process.env,
    BERTH_CONTROL_URL: `https://127.0.0.1:${linkPort}`,
    BERTH_JOIN_TOKEN: token,
    BERTH_AGENT_DATA: join(home, "agent"),
    BERTH_LOG_FOLDER: home,
    BERTH_NODE_SHELL: canShell ? "1" : "0",
    BERTH_NODE_ADDRESSES: address,
    BERTH_NODE_PORTS: "30000-30999",
    BERTH_RELAY_HOST: address,
    BERTH_RELAY_SOCKET: join(home, "relay.sock"),
    BERTH_STUN_PORT: "13478",
    BERTH_RENDEZVOUS_PORT: "13480",
  };
  const program = (app: string) => ({ name: app, main: mainOf(app), env, logFile: join(home, `${app}.log`) });
  return { name, address, folder: home, relay: keepRunning(program("relay")), agent: keepRunning(program("agent")) };
}

/** What `berth verify` says; throws when something does not add up. */
export async function verify({ folder, databaseUrl }: Pick<Site, "folder" | "databaseUrl">): Promise<string> {
  const env = { ...process.env, BERTH_DATABASE_URL: databaseUrl, BERTH_DATA: join(folder, "data") };
  const run = promisify(execFile)(process.execPath, [mainOf("cli"), "verify"], { env });
  return (await run).stdout;
}

/** Serials of a new plan of relays, made by the operator. */
export async function makeSerials(
  call: Call,
  plan: { count: number; trafficBytes?: string; durationDays?: number; options?: Record<string, unknown> },
): Promise<string[]> {
  const { id } = await call(catalogue.createPlan, {
    name: `relays ${newSecret().slice(0, 8)}`,
    kind: "derp",
    options: plan.options ?? {},
    durationDays: plan.durationDays ?? 30,
    trafficBytes: plan.trafficBytes ?? null,
    price: { minor: "990", currency: "CNY" },
  });
  const redeemBy = new Date(Date.now() + 10 * 86_400_000).toISOString();
  return (await call(serials.createBatch, { planId: id, name: "for a test", count: plan.count, redeemBy })).codes;
}

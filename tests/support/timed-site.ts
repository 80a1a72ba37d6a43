import { randomInt } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Call, createClient, fleet } from "@berth/api";
import { type Clock, dayMs } from "@berth/kit";
import { makeKeyPair, makeRequest, type NodeIdentity } from "@berth/link";
import { startAgent } from "@berth/node";
import { derpDriver } from "@berth/offering-derp/node";
import { freePort } from "../../apps/cli/src/demo/site.ts";
import { keepRunning, mainOf } from "../../apps/cli/src/program.ts";
import { readConfig } from "../../apps/control/src/config.ts";
import { allMigrations } from "../../apps/control/src/migrations.ts";
import { offerings } from "../../apps/control/src/offerings.ts";
import { type Control, startControl } from "../../apps/control/src/start.ts";
import { createJoinToken, enrolNode } from "../../core/fleet/index.ts";
import type { Context } from "../../core/platform/context.ts";
import { openDatabase } from "../../core/platform/database.ts";
import { mastersIn } from "../../core/platform/keys-master.ts";
import { openKeyring } from "../../core/platform/keys-ring.ts";
import { migrate } from "../../core/platform/migrate.ts";
import { type PostgresServer, startPostgres } from "../../core/platform/postgres-server.ts";
import { signInTo } from "./sign-in.ts";

/** Something of a node that runs. */
export interface Running {
  stop(): Promise<void>;
}

/** A node as processes, each of which is started again when it dies. */
export interface RunningNode extends Running {
  pid(app: "relay" | "agent"): number | undefined;
}

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const operator = { email: "operator@example.com", password: "a password for tests" };
const clockOf = (daysAgo: number): Clock => {
  return () => new Date(Date.now() - daysAgo * dayMs);
};

/**
 * A Berth whose control, in this process, stands where the test puts it in time. The machine's own clock stays as it is, and
 * with it what TLS and the relays hold for now; so does what a node's own processes are started with.
 */
export class TimedSite {
  readonly folder: string;
  /** A corner of the loopback network that no other site on this machine is likely to use. */
  readonly #network = `127.${randomInt(16, 250)}.${randomInt(1, 250)}`;
  readonly #postgres: PostgresServer;
  readonly #ports: { readonly http: number; readonly link: number };
  readonly #names: string[] = [];
  readonly #running = new Set<Running>();
  #control: Control | undefined;
  #call: Call | undefined;

  constructor(folder: string, postgres: PostgresServer, ports: { http: number; link: number }) {
    this.folder = folder;
    this.#postgres = postgres;
    this.#ports = ports;
  }

  /** Control is not started. */
  static async open(): Promise<TimedSite> {
    const folder = await mkdtemp(join(tmpdir(), "berth-timed-"));
    const postgres = await startPostgres({ folder: join(folder, "postgres"), log: quiet });
    return new TimedSite(folder, postgres, { http: await freePort(), link: await freePort() });
  }

  /** The operator, at control as it runs at present. */
  get operator(): Call {
    if (!this.#call) throw new Error("control was not started");
    return this.#call;
  }

  get databaseUrl(): string {
    return this.#postgres.url;
  }

  async stopControl(): Promise<void> {
    await this.#control?.close();
    this.#control = undefined;
  }

  /** Starts control at this time, always at the same addresses. */
  async startControl(daysAgo: number): Promise<void> {
    await this.stopControl();
    const config = readConfig({
      BERTH_DATA: join(this.folder, "data"),
      BERTH_DATABASE_URL: this.#postgres.url,
      BERTH_HTTP_PORT: String(this.#ports.http),
      BERTH_LINK_PORT: String(this.#ports.link),
      BERTH_LINK_HOST: "127.0.0.1",
      BERTH_ADMIN_EMAIL: operator.email,
      BERTH_ADMIN_PASSWORD: operator.password,
      LOG_LEVEL: "silent",
    });
    this.#control = await startControl(config, daysAgo === 0 ? {} : { now: clockOf(daysAgo) });
    const { url } = this.#control;
    const { token } = await signInTo(createClient({ url }), operator);
    this.#call = createClient({ url, token: () => token });
  }

  /** Leaves a node behind as one that was enrolled so long ago and has been off since: what control's link does, without TLS. */
  async enrolledLongAgo(name: string, daysAgo: number): Promise<void> {
    const database = openDatabase(this.#postgres.url, { connections: 2 });
    try {
      await migrate(database.pool, allMigrations);
      const ctx: Context = {
        db: database.db,
        now: clockOf(daysAgo),
        actor: { kind: "system", task: "enrol" },
        log: quiet,
        offerings,
        keys: await openKeyring(database.db, {
          masters: mastersIn(join(this.folder, "data", "keys")),
          now: clockOf(daysAgo),
        }),
      };
      const { token } = await createJoinToken(ctx, { name, region: name }, this.#linkUrl);
      const privateKey = await makeKeyPair();
      const enrolled = await enrolNode(ctx, { token, name, request: await makeRequest(privateKey) });
      await mkdir(join(this.#home(name), "agent"), { recursive: true, mode: 0o700 });
      await writeFile(this.#identityFile(name), JSON.stringify({ ...enrolled, privateKey }));
    } finally {
      await database.close();
    }
  }

  /** Joins a node whose clock is where control's is: its agent runs in this process, its relay in one of its own. */
  async joinDaysAgo(name: string, daysAgo: number): Promise<Running> {
    const { token } = await this.operator(fleet.createJoinToken, { name, region: name });
    const home = await this.#makeHome(name);
    const relay = keepRunning({
      name: "relay",
      main: mainOf("relay"),
      env: this.#env(name),
      logFile: `${home}/relay.log`,
    });
    const agent = await startAgent({
      url: this.#linkUrl,
      folder: join(home, "agent"),
      drivers: [derpDriver({ socketPath: this.#socket(name) })],
      name,
      version: "0.1.0",
      joinToken: async () => token,
      addresses: [this.#address(name)],
      ports: { from: 30_000, to: 30_999 },
      stunPort: 3478,
      region: "",
      now: clockOf(daysAgo),
      log: quiet,
    });
    return this.#keep(async () => {
      await agent.close();
      await relay.stop();
    });
  }

  /** Joins a node, or starts one that has joined, as the processes that it is in earnest. */
  async start(name: string, { join: isNew = false } = {}): Promise<RunningNode> {
    const home = await this.#makeHome(name);
    const token = isNew && (await this.operator(fleet.createJoinToken, { name, region: name })).token;
    const env = { ...this.#env(name), ...(token ? { BERTH_JOIN_TOKEN: token } : {}) };
    const run = (app: string) => keepRunning({ name: app, main: mainOf(app), env, logFile: join(home, `${app}.log`) });
    const programs = { relay: run("relay"), agent: run("agent") };
    const running = this.#keep(async () => {
      await Promise.all([programs.relay.stop(), programs.agent.stop()]);
    });
    return { ...running, pid: (app) => programs[app].pid() };
  }

  /** What an agent's process said. */
  async log(name: string): Promise<string> {
    return readFile(join(this.#home(name), "agent.log"), "utf8").catch(() => "");
  }

  async identity(name: string): Promise<NodeIdentity> {
    return JSON.parse(await readFile(this.#identityFile(name), "utf8"));
  }

  /** As control knows it; nothing until it has joined. */
  async node(name: string) {
    const { items } = await this.operator(fleet.listNodes, {});
    return items.find((item) => item.name === name);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#running].map((running) => running.stop()));
    await this.stopControl();
    await this.#postgres.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  #keep(stop: () => Promise<void>): Running {
    const running = {
      stop: async () => {
        if (this.#running.delete(running)) await stop();
      },
    };
    this.#running.add(running);
    return running;
  }

  get #linkUrl(): string {
    return `https://127.0.0.1:${this.#ports.link}`;
  }

  #home(name: string): string {
    return join(this.folder, name);
  }

  #socket(name: string): string {
    return join(this.#home(name), "relay.sock");
  }

  #identityFile(name: string): string {
    return join(this.#home(name), "agent", "identity.json");
  }

  async #makeHome(name: string): Promise<string> {
    await mkdir(this.#home(name), { recursive: true, mode: 0o700 });
    return this.#home(name);
  }

  #address(name: string): string {
    if (!this.#names.includes(name)) this.#names.push(name);
    return `${this.#network}.${this.#names.indexOf(name) + 1}`;
  }

  #env(name: string): NodeJS.ProcessEnv {
    return {
      ...process.env,
      BERTH_CONTROL_URL: this.#linkUrl,
      BERTH_AGENT_DATA: join(this.#home(name), "agent"),
      BERTH_NODE_NAME: name,
      BERTH_NODE_ADDRESSES: this.#address(name),
      BERTH_NODE_PORTS: "30000-30999",
      BERTH_RELAY_HOST: this.#address(name),
      BERTH_RELAY_SOCKET: this.#socket(name),
      BERTH_STUN_PORT: "3478",
    };
  }
}

import { randomInt } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type Call, fleet } from "@berth/api";
import type { Config } from "../config.ts";
import { shortSocket } from "../config.ts";
import { keepRunning, mainOf, type Running } from "../program.ts";
import { until } from "./story.ts";

export interface DemoNode {
  readonly name: string;
  readonly region: string;
  readonly address: string;
  readonly relay: Running;
  readonly agent: Running;
}

/** Three servers on one machine: each with an address, a data folder and a region of its own. */
const servers = [
  { name: "fra-01", region: "fra" },
  { name: "sgp-01", region: "sgp" },
  { name: "iad-01", region: "iad" },
] as const;

/** Joins the three as an operator would: a token each, an agent and a relay each. Resolves when all are online. */
export async function joinNodes(operator: Call, config: Config, folder: string): Promise<DemoNode[]> {
  const nodes: DemoNode[] = [];
  // A corner of the loopback network that nobody else on this machine is likely to use.
  const network = `127.${randomInt(16, 250)}.${randomInt(1, 250)}`;
  for (const [index, { name, region }] of servers.entries()) {
    const server = { name, region, address: `${network}.${index + 1}` };
    const { token, command } = await operator(fleet.createJoinToken, { name: server.name, region: server.region });
    nodes.push({
      ...server,
      ...(await start(config, { ...server, folder, token, url: command.split(" ").at(-2) as string })),
    });
  }
  await until("three nodes online", async () => {
    const { items } = await operator(fleet.listNodes, { state: "online" });
    return servers.every(({ name }) => items.some((node) => node.name === name));
  });
  return nodes;
}

interface Server {
  readonly name: string;
  readonly address: string;
  readonly folder: string;
  readonly token: string;
  readonly url: string;
}

async function start(config: Config, { name, address, folder, token, url }: Server) {
  const home = join(folder, name);
  await mkdir(home, { recursive: true, mode: 0o700 });
  const env = {
    ...config.env,
    BERTH_CONTROL_URL: url,
    BERTH_JOIN_TOKEN: token,
    BERTH_AGENT_DATA: join(home, "agent"),
    BERTH_NODE_NAME: name,
    BERTH_NODE_ADDRESSES: address,
    BERTH_NODE_PORTS: "30000-31999",
    BERTH_RELAY_HOST: address,
    BERTH_RELAY_SOCKET: shortSocket(join(home, "relay.sock")),
    // Not the usual one, which a relay on all addresses of this machine may hold.
    BERTH_STUN_PORT: "13478",
  };
  const program = (app: string) => ({ name: app, main: mainOf(app), env, logFile: join(home, `${app}.log`) });
  return { relay: keepRunning(program("relay")), agent: keepRunning(program("agent")) };
}

export async function stopNodes(nodes: readonly DemoNode[]): Promise<void> {
  await Promise.all(nodes.flatMap(({ relay, agent }) => [relay.stop(), agent.stop()]));
}

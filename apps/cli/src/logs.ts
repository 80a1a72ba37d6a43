import { operations, streams } from "@berth/api";
import { Refusal, secondMs, sleep } from "@berth/kit";
import { type Caller, findNode, signedIn } from "./call.ts";
import type { Config } from "./config.ts";
import { visit } from "./visit.ts";

const usage = "usage: npm run berth -- logs NODE [agent|relay] [-f]";
const lookMs = 0.2 * secondMs;

/** What a node's agent or relay says: its last lines, or with `-f` from now on as well. */
export async function logs(config: Config, words: readonly string[]): Promise<void> {
  const isFollowed = words.includes("-f");
  const [name, of = "agent", ...more] = words.filter((word) => word !== "-f");
  if (!name || (of !== "agent" && of !== "relay") || more.length > 0) throw new Refusal("invalid", "cli.usage", usage);
  const caller = await signedIn(config);
  const nodeId = await findNode(caller, name);
  if (isFollowed) return follow(caller, { nodeId, of });
  for (const line of await lastLines(caller, { nodeId, of })) process.stdout.write(`${line}\n`);
}

interface Wish {
  readonly nodeId: `node_${string}`;
  readonly of: "agent" | "relay";
}

async function follow(caller: Caller, wish: Wish): Promise<void> {
  const entered = await visit(await caller.call(streams.openLogs, wish), caller);
  for await (const bytes of entered.heard) process.stdout.write(bytes);
  const { code, reason } = await entered.over;
  if (code !== 1000) throw new Refusal("unavailable", "cli.cut_off", reason || `cut off (${code})`);
}

async function lastLines({ call }: Caller, { nodeId, of }: Wish): Promise<string[]> {
  const { id } = await call(operations.startOperation, { kind: "logs.tail", nodeIds: [nodeId], logs: { of } });
  for (;;) {
    const { results, items, ended } = await call(operations.getOperation, { operationId: id });
    const [item] = results;
    if (ended < items || !item) await sleep(lookMs);
    else if (item.state === "done") return (item.result as { lines: string[] }).lines;
    else throw new Refusal("unavailable", "cli.no_answer", item.problem?.detail ?? `the node has not answered in time`);
  }
}

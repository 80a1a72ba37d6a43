import { type Call, createClient, fleet } from "@berth/api";
import { Refusal } from "@berth/kit";
import type { Config } from "./config.ts";
import { findRun } from "./run-file.ts";

export interface Caller {
  readonly url: string;
  readonly token: string;
  readonly call: Call;
}

/** Control as somebody who is signed in: the one that runs here, or the one at `BERTH_PUBLIC_URL`. */
export async function signedIn(config: Config): Promise<Caller> {
  const { BERTH_TOKEN: token, BERTH_PUBLIC_URL, runFile } = config;
  const url = BERTH_PUBLIC_URL ?? (await findRun(runFile))?.url;
  if (!url)
    throw new Refusal("invalid", "cli.no_control", "nothing runs here: say where it does with BERTH_PUBLIC_URL");
  if (!token) throw new Refusal("invalid", "cli.no_token", "set BERTH_TOKEN to a session's token or an API key");
  return { url: url.replace(/\/$/, ""), token, call: createClient({ url, token: () => token }) };
}

/** The node of this name or id. */
export async function findNode({ call }: Caller, word: string): Promise<`node_${string}`> {
  const { items } = await call(fleet.listNodes, { q: word });
  const found = items.find(({ id, name }) => id === word || name.toLowerCase() === word.toLowerCase());
  if (!found) throw new Refusal("not_found", "cli.no_such_node", `there is no node ${word}`);
  return found.id;
}

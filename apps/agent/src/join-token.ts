import { readFile } from "node:fs/promises";
import { Refusal, secondMs, sleep } from "@berth/kit";
import type { Config } from "./config.ts";

const everyMs = 200;

/** The join token, from the environment or from a file, which may take minutes to appear. */
export async function findJoinToken({ joinToken, joinTokenFile }: Config, signal: AbortSignal): Promise<string> {
  if (joinToken) return joinToken;
  if (!joinTokenFile) {
    throw new Refusal(
      "invalid",
      "agent.no_join_token",
      "set BERTH_JOIN_TOKEN or BERTH_JOIN_TOKEN_FILE: this node has not joined",
    );
  }
  for (let waitedMs = 0; ; waitedMs += everyMs) {
    const text = await readFile(joinTokenFile, "utf8").catch(() => "");
    if (text.trim()) return text.trim();
    await sleep(waitedMs < 10 * secondMs ? everyMs : 5 * everyMs, signal);
  }
}

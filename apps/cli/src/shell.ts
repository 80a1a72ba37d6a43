import { execFileSync } from "node:child_process";
import { streams } from "@berth/api";
import { Refusal } from "@berth/kit";
import { type Caller, findNode, signedIn } from "./call.ts";
import type { Config } from "./config.ts";
import { type Visit, visit } from "./visit.ts";

const usage = "usage: npm run berth -- shell NODE [--via control]";

/** A shell on a node, with a terminal when there is one here. Ends with 1 when it was cut off. */
export async function shell(config: Config, words: readonly string[]): Promise<void> {
  const [name, option, via] = words;
  if (!name || (option && (option !== "--via" || via !== "control"))) throw new Refusal("invalid", "cli.usage", usage);
  const caller = await signedIn(config);
  const nodeId = await findNode(caller, name);
  const terminal = sizeOf(process.stdout);
  const entered = await enter(caller, { nodeId, terminal, via: option ? "control" : "relay" });
  const leave = terminal ? takeTerminal(entered) : () => undefined;
  void say(entered);
  try {
    for await (const bytes of entered.heard) process.stdout.write(bytes);
    const { code, reason } = await entered.over;
    if (code !== 1000) throw new Refusal("unavailable", "cli.cut_off", reason || `cut off (${code})`);
  } finally {
    leave();
    process.stdin.destroy();
  }
}

interface Wish {
  readonly nodeId: `node_${string}`;
  readonly terminal: { columns: number; rows: number } | undefined;
  readonly via: "control" | "relay";
}

/** By a relay if that can be had and reached; else through control, and says so. */
async function enter(caller: Caller, wish: Wish): Promise<Visit> {
  const opened = await caller.call(streams.openShell, wish);
  if (opened.whyNot) process.stderr.write(`through control: ${opened.whyNot}\n`);
  try {
    return await visit(opened, caller);
  } catch (error) {
    if (!(error instanceof Refusal && error.code.startsWith("rendezvous.")) || wish.via === "control") throw error;
    process.stderr.write(`through control: ${error.message}\n`);
    return enter(caller, { ...wish, via: "control" });
  }
}

function sizeOf({ isTTY, columns, rows }: NodeJS.WriteStream): { columns: number; rows: number } | undefined {
  return isTTY && process.stdin.isTTY ? { columns, rows } : undefined;
}

/** From now on every key goes to the node. What is returned gives the terminal back. */
function takeTerminal(entered: Visit): () => void {
  const { stdout } = process;
  const resize = () => entered.resize(stdout.columns, stdout.rows);
  const before = stty("-g").trim();
  // Not Node's raw mode: that still turns the node's line feeds into new lines, which are no longer what a program there drew.
  stty("raw", "-echo");
  stdout.on("resize", resize);
  return () => {
    stty(before);
    stdout.off("resize", resize);
  };
}

function stty(...words: string[]): string {
  return execFileSync("stty", words, { stdio: ["inherit", "pipe", "inherit"], encoding: "utf8" });
}

/** What is typed or piped in; its end is the shell's. */
async function say(entered: Visit): Promise<void> {
  const { stdin } = process;
  for await (const bytes of stdin) await entered.say(bytes as Buffer);
  if (!stdin.isTTY) await entered.say(Buffer.from("\nexit\n"));
}

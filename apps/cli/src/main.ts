import { enableCompileCache } from "node:module";
import { ApiError } from "@berth/api";
import { Refusal } from "@berth/kit";
import { readConfig } from "./config.ts";

enableCompileCache();

type Command = (config: ReturnType<typeof readConfig>, words: readonly string[]) => Promise<void>;

/** The commands of `berth`, each loaded when it is asked for. */
const commands: Readonly<Record<string, { says: string; load: () => Promise<Command> }>> = {
  up: { says: "run everything on this machine", load: async () => (await import("./up.ts")).up },
  verify: {
    says: "check the chain of events and the sums of usage",
    load: async () => (await import("./verify.ts")).verify,
  },
  archive: {
    says: "archive ACTION: list, print and check the archive of events",
    load: async () => (await import("./archive.ts")).archive,
  },
  join: { says: "join LINK_URL TOKEN: make this machine a node", load: async () => (await import("./join.ts")).join },
  keys: {
    says: "keys ACTION: show, replace, print and restore the keys that seal secrets",
    load: async () => (await import("./keys.ts")).keys,
  },
  shell: { says: "shell NODE: a shell on a node that allows it", load: async () => (await import("./shell.ts")).shell },
  logs: {
    says: "logs NODE [agent|relay] [-f]: what a node's agent or relay says",
    load: async () => (await import("./logs.ts")).logs,
  },
  demo: {
    says: "the main job from end to end, with real traffic",
    load: async () => (await import("./demo/demo.ts")).demo,
  },
};

const [name = "", ...words] = process.argv.slice(2);
const command = commands[name];
if (!command) {
  const list = Object.entries(commands).map(([word, { says }]) => `  ${word.padEnd(8)} ${says}`);
  process.stderr.write(`usage: npm run berth -- COMMAND\n${list.join("\n")}\n`);
  process.exit(2);
}
try {
  await (await command.load())(readConfig(), words);
} catch (error) {
  if (!(error instanceof Refusal || error instanceof ApiError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}

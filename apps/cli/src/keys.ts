import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { Context } from "@berth/core/platform/context";
import { masterFingerprint } from "@berth/core/platform/keys";
import { restoreMasterKey } from "@berth/core/platform/keys-master";
import { fromSheet, toSheet } from "@berth/core/platform/keys-sheet";
import {
  dropKey,
  forgetMasterKey,
  type KeyringParts,
  rotateKeys,
  rotateMasterKey,
  showKeyring,
} from "@berth/core/settings";
import { Refusal } from "@berth/kit";
import type { Config } from "./config.ts";
import { mastersOf, withDatabase } from "./database.ts";

type Say = (line: string) => unknown;
type Action = (config: Config, words: readonly string[], say: Say) => Promise<void>;
type View = Awaited<ReturnType<typeof showKeyring>>;

const actions: Readonly<Record<string, { says: string; run: Action }>> = {
  show: { says: "the keys there are, and how old", run: changing(showKeyring) },
  rotate: {
    says: "replace the keys that seal; values are sealed anew in the background",
    run: changing(rotateKeys),
  },
  "rotate-master": { says: "replace the master key; the old one opens on until finish-master", run: rotateMaster },
  "finish-master": { says: "let only the new master key open", run: changing(forgetMasterKey) },
  drop: { says: "drop ID: destroy a retired key; what backups hold under it is lost", run: changing(dropKey) },
  sheet: { says: "print the master key for paper, once", run: sheet },
  restore: { says: "type a recovery sheet in, and get the master key back", run: restore },
};

/** The keys of this installation, at the machine where its data lies. */
export async function keys(
  config: Config,
  [name = "", ...words]: readonly string[],
  say: Say = (line) => process.stdout.write(`${line}\n`),
): Promise<void> {
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (action) return action.run(config, words, say);
  const list = Object.entries(actions).map(([word, { says }]) => `  ${word.padEnd(14)} ${says}`);
  throw new Refusal("invalid", "cli.usage", `usage: npm run berth -- keys ACTION\n${list.join("\n")}`);
}

/** An action on the keyring; shows what it came to. */
function changing(work: (ctx: Context, parts: KeyringParts, word: string) => Promise<View>): Action {
  return async (config, [word = ""], say) => {
    const parts = { masters: mastersOf(config), columns: [] };
    const { keys, masters } = await withDatabase(config, "keys", (ctx) => work(ctx, parts, word));
    for (const { id, field, use, state, createdAt } of keys) {
      say(`${id}  ${state.padEnd(8)} ${createdAt.slice(0, 10)}  ${use === "seal" ? field : use}`);
    }
    say(`master key${masters.length > 1 ? "s" : ""}: ${masters.map((master) => master.slice(0, 8)).join(" and ")}`);
  };
}

async function rotateMaster(config: Config, words: readonly string[], say: Say): Promise<void> {
  await changing(rotateMasterKey)(config, words, say);
  say("Both master keys open. Give every replica the new one, print its sheet (keys sheet), then: keys finish-master");
}

/** Printed once: a second copy is asked for by name, so that nobody gets one in passing. */
async function sheet(config: Config, [word]: readonly string[], say: Say): Promise<void> {
  const [master] = (await mastersOf(config).read()) as [Buffer];
  const mark = join(config.data, "keys", "sheet-printed");
  const fingerprint = masterFingerprint(master);
  const isPrinted = existsSync(mark) && (await readFile(mark, "utf8")).trim() === fingerprint;
  if (isPrinted && word !== "again") {
    throw new Refusal(
      "conflict",
      "keys.sheet_printed",
      "this sheet was printed already; for another: keys sheet again",
    );
  }
  say(toSheet(master));
  await writeFile(mark, `${fingerprint}\n`, { mode: 0o600 });
}

async function restore(config: Config, _words: readonly string[], say: Say): Promise<void> {
  if (process.stdin.isTTY) say("Type the groups of the sheet, then Ctrl-D:");
  const master = fromSheet(await text(process.stdin));
  await restoreMasterKey(join(config.data, "keys"), master);
  say(`the master key ${masterFingerprint(master).slice(0, 8)} is back in ${join(config.data, "keys", "master")}`);
}

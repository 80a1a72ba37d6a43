import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { arch } from "node:os";
import { type Readable, Transform } from "node:stream";
import { Refusal } from "@berth/kit";
import type { Shell } from "./shell.ts";

/** Everything of a node lies in this folder of the user's home. */
const folder = '"$HOME/berth-node"';
const leastNode = 26;
const leastFreeKilobytes = 600 * 1024;

export interface Machine {
  readonly arch: string;
  /** Runs programs that were built for glibc, as the Node that control itself runs on. */
  readonly isGlibc: boolean;
  /** Absolute; empty when there is none that is new enough. */
  readonly node: string;
  readonly isRoot: boolean;
  readonly hasSystemd: boolean;
}

const looking = [
  'echo "system=$(uname -s)"',
  'echo "arch=$(uname -m)"',
  'echo "user=$(id -u)"',
  'echo "libc=$(getconf GNU_LIBC_VERSION 2>/dev/null)"',
  'echo "node=$(command -v node)"',
  'echo "version=$(node --version 2>/dev/null)"',
  'echo "tar=$(command -v tar)"',
  'echo "free=$(df -Pk "$HOME" | awk \'NR==2{print $4}\')"',
  'echo "systemd=$([ -d /run/systemd/system ] && command -v systemctl)"',
].join("; ");

/** What sort of machine it is. Refused when it can't be a node, with what it lacks. */
export async function look(shell: Shell): Promise<Machine> {
  const printed = await shell.run(looking);
  const said = (name: string) => new RegExp(`^${name}=(.*)$`, "m").exec(printed)?.[1]?.trim() ?? "";
  const lacks = (detail: string) => new Refusal("conflict", "fleet.ssh_unfit", detail);
  if (said("system") !== "Linux") throw lacks(`the server runs ${said("system") || "something unknown"}, not Linux`);
  if (!said("tar")) throw lacks("the server has no tar");
  if (Number(said("free")) < leastFreeKilobytes) throw lacks("the server has less than 600 MB left for this user");
  const machine = {
    arch: said("arch"),
    isGlibc: said("libc") !== "",
    node: majorOf(said("version")) >= leastNode ? said("node") : "",
    isRoot: said("user") === "0",
    hasSystemd: said("systemd") !== "",
  };
  if (!machine.node && !isLikeThisOne(machine)) {
    throw lacks(`install Node ${leastNode} there first: the one of control does not run on ${machine.arch}`);
  }
  return machine;
}

const majorOf = (version: string) => Number(/^v(\d+)/.exec(version)?.[1] ?? 0);
const isLikeThisOne = ({ arch: theirs, isGlibc }: Machine) =>
  isGlibc && { x86_64: "x64", aarch64: "arm64" }[theirs] === arch();

export interface Parcel {
  readonly archive: () => Promise<Readable>;
  readonly onBytes: (sent: number, of: number | undefined) => void;
}

/** Puts programs, and Node where it lacks, into the server's folder. What ran there before goes on until it is started anew. */
export async function send(shell: Shell, machine: Machine, { archive, onBytes }: Parcel): Promise<void> {
  await shell.run(
    `umask 077; mkdir -p ${folder}/data ${folder}/logs; rm -rf ${folder}/app.new; mkdir ${folder}/app.new`,
  );
  if (!machine.node) {
    const { size } = await stat(process.execPath);
    const binary = createReadStream(process.execPath).pipe(counting((sent) => onBytes(sent, size)));
    await shell.run(`cd ${folder} && cat > node.new && chmod 700 node.new && mv node.new node`, binary);
  }
  const programs = (await archive()).pipe(counting((sent) => onBytes(sent, undefined)));
  await shell.run(`cd ${folder} && tar -xf - -C app.new`, programs);
  await shell.run(
    `cd ${folder} && rm -rf app.old && { [ ! -d app ] || mv app app.old; } && mv app.new app && rm -rf app.old`,
  );
}

function counting(onBytes: (sent: number) => void): Transform {
  let sent = 0;
  return new Transform({
    transform(chunk: Buffer, _, done) {
      sent += chunk.length;
      onBytes(sent);
      done(null, chunk);
    },
  });
}

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** Runs until it is killed: each program is started again when it ends. */
const keeper = `#!/bin/sh
cd "$(dirname "$0")" || exit 1
set -a
. ./node.env
BERTH_AGENT_DATA="$PWD/data"
BERTH_LOG_FOLDER="$PWD/logs"
BERTH_RELAY_SOCKET="$PWD/data/relay.sock"
set +a
keep() {
  while :; do
    "$BERTH_NODE" "app/apps/$1/src/main.ts" >>"logs/$1.log" 2>&1
    sleep 1
  done
}
keep relay &
keep agent &
wait
`;

const unit = (path: string) => `[Unit]
Description=Berth node
After=network-online.target
Wants=network-online.target

[Service]
ExecStart=/bin/sh ${path}/keep.sh
KillMode=control-group
Restart=always

[Install]
WantedBy=multi-user.target
`;

/** Starts relay and agent in place of those that ran before. Settings reach the server through a file that its user alone reads. */
export async function start(shell: Shell, machine: Machine, settings: Readonly<Record<string, string>>): Promise<void> {
  const home = (await shell.run(`cd ${folder} && pwd`)).trim();
  const all = { ...settings, BERTH_NODE: machine.node || `${home}/node` };
  const lines = Object.entries(all).map(([name, value]) => `${name}=${quoted(value)}\n`);
  await shell.run(`umask 077; cat > ${folder}/node.env`, lines.join(""));
  await shell.run(`umask 077; cat > ${folder}/keep.sh`, keeper);
  if (machine.isRoot && machine.hasSystemd) {
    await shell.run("cat > /etc/systemd/system/berth-node.service", unit(home));
    await shell.run("systemctl daemon-reload && systemctl enable berth-node && systemctl restart berth-node");
    return;
  }
  await shell.run(`cd ${folder} && { [ ! -f pid ] || kill -- "-$(cat pid)" 2>/dev/null || :; }
    setsid nohup sh keep.sh </dev/null >/dev/null 2>&1 & echo $! > ${folder}/pid`);
}

/** What the agent said last, for who has to find out why it does not come. */
export async function lastWords(shell: Shell): Promise<string> {
  return (await shell.run(`tail -n 3 ${folder}/logs/agent.log 2>/dev/null || echo it did not start`)).trim();
}

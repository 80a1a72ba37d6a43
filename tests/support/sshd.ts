import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { sleep } from "@berth/kit";
import { nextTestPort } from "./ports.ts";

/** A real sshd on loopback, of its own configuration, for the user that runs the tests, whose home is a folder of its own. */
export interface TestSshd {
  readonly port: number;
  readonly home: string;
  readonly username: string;
  /** Signs in. */
  readonly privateKey: string;
  /** As `ssh-keygen -lf` prints it. */
  readonly hostKey: string;
  /** Ends it, what was started through it, and the folder. */
  stop(): Promise<void>;
}

export async function startSshd(): Promise<TestSshd> {
  const folder = await mkdtemp(join(tmpdir(), "berth-sshd-"));
  const [home, port] = [join(folder, "home"), nextTestPort()];
  await mkdir(home);
  for (const name of ["host", "user"]) run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", join(folder, name));
  await writeFile(join(folder, "authorized_keys"), await readFile(join(folder, "user.pub")), { mode: 0o600 });
  const config = join(folder, "sshd_config");
  await writeFile(config, configOf(folder, { port, home }));
  if (process.getuid?.() === 0) await mkdir("/run/sshd", { recursive: true, mode: 0o755 });
  const child = spawn("/usr/sbin/sshd", ["-D", "-e", "-f", config], { stdio: ["ignore", "ignore", "pipe"] });
  await untilListening(child, port);
  return {
    port,
    home,
    username: userInfo().username,
    privateKey: await readFile(join(folder, "user"), "utf8"),
    hostKey: run("ssh-keygen", "-lf", join(folder, "host.pub")).split(" ")[1] as string,
    async stop() {
      await endKeeper(home);
      child.kill();
      if (child.exitCode === null) await once(child, "exit");
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function configOf(folder: string, { port, home }: { port: number; home: string }): string {
  return [
    `Port ${port}`,
    "ListenAddress 127.0.0.1",
    `HostKey ${join(folder, "host")}`,
    `AuthorizedKeysFile ${join(folder, "authorized_keys")}`,
    `PidFile ${join(folder, "pid")}`,
    "PermitRootLogin yes",
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    "StrictModes no",
    "UsePAM no",
    `SetEnv HOME=${home}`,
    "",
  ].join("\n");
}

function run(command: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${command}: ${stderr}`);
  return stdout;
}

async function untilListening(child: ChildProcess, port: number): Promise<void> {
  let said = "";
  child.stderr?.on("data", (data: Buffer) => {
    said += data.toString();
  });
  for (let tries = 0; tries < 200 && child.exitCode === null; tries++) {
    const socket = connect(port, "127.0.0.1");
    const isThere = await new Promise((resolve) => {
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    });
    socket.destroy();
    if (isThere) return;
    await sleep(50);
  }
  throw new Error(`sshd did not start: ${said}`);
}

/** What was installed keeps itself running, as a group of processes of its own. */
async function endKeeper(home: string): Promise<void> {
  const pid = Number(await readFile(join(home, "berth-node", "pid"), "utf8").catch(() => ""));
  if (!pid) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

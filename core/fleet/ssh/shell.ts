import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { Refusal, secondMs } from "@berth/kit";
import { Client, type ClientChannel } from "ssh2";

export interface Server {
  readonly host: string;
  readonly port: number;
}

/** How one signs in there; used once and kept nowhere. */
export interface Login extends Server {
  readonly username: string;
  readonly password?: string | undefined;
  /** PEM or OpenSSH. */
  readonly privateKey?: string | undefined;
  readonly passphrase?: string | undefined;
  /** The key that the server has to show, see `hostKeyOf`. */
  readonly hostKey: string;
}

const answerMs = 15 * secondMs;
/** Of what a command prints; more is nothing that is read here. */
const printedMost = 64 * 1024;

/** As `ssh-keygen -lf` prints it. */
const fingerprintOf = (key: Buffer) => `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;

/** The key that a server shows now, for somebody to compare. Nothing is said to it beyond that. */
export async function hostKeyOf({ host, port }: Server): Promise<string> {
  let shown: string | undefined;
  const client = new Client();
  try {
    await connected(client, {
      host,
      port,
      username: "berth",
      readyTimeout: answerMs,
      hostVerifier: (key: Buffer) => {
        shown = fingerprintOf(key);
        return false;
      },
    });
  } catch (error) {
    if (!shown) throw error;
  }
  return shown as string;
}

/** One sign-in on a server, for commands one after the other. */
export class Shell {
  readonly #client: Client;

  private constructor(client: Client) {
    this.#client = client;
  }

  /** Refused unless the server shows its key, before anything is said that only it should hear. */
  static async open({ hostKey, ...login }: Login): Promise<Shell> {
    const client = new Client();
    let shown = "";
    try {
      await connected(client, {
        ...login,
        readyTimeout: answerMs,
        hostVerifier: (key: Buffer) => {
          shown = fingerprintOf(key);
          return shown === hostKey;
        },
      });
    } catch (error) {
      if (!shown || shown === hostKey) throw error;
      throw new Refusal("conflict", "fleet.ssh_other_host_key", `the server shows ${shown}, not ${hostKey}`, { shown });
    }
    client.on("error", () => undefined); // whatever runs hears of it
    return new Shell(client);
  }

  /** What a command prints. Refused with what it says of its failure. */
  async run(command: string, input?: string | Readable): Promise<string> {
    const channel = await this.#exec(command);
    const [printed, said] = [collect(channel), collect(channel.stderr)];
    const ended = new Promise<number | null>((resolve) => {
      channel.on("exit", (code: number | null) => resolve(code));
      channel.on("close", () => resolve(null));
    });
    const closed = new Promise((resolve) => channel.once("close", resolve));
    if (typeof input === "string" || input === undefined) channel.end(input);
    else await pipeline(input, channel).catch(() => undefined); // how the command ended says more
    const code = await ended;
    await closed;
    if (code === 0) return printed();
    const detail = said().trim().split("\n").at(-1)?.slice(0, 300) || `it ended with ${code ?? "a lost connection"}`;
    throw new Refusal("conflict", "fleet.ssh_command_failed", detail);
  }

  close(): void {
    this.#client.end();
  }

  #exec(command: string): Promise<ClientChannel> {
    return new Promise((resolve, reject) => {
      const lost = () => reject(new Refusal("conflict", "fleet.ssh_lost", "the connection to the server was lost"));
      this.#client.once("close", lost);
      this.#client.exec(command, (error, channel) => {
        this.#client.off("close", lost);
        if (error) reject(new Refusal("conflict", "fleet.ssh_command_failed", error.message));
        else resolve(channel);
      });
    });
  }
}

function collect(stream: Readable): () => string {
  let text = "";
  stream.on("data", (data: Buffer) => {
    if (text.length < printedMost) text += data.toString();
  });
  return () => text;
}

function connected(client: Client, options: Parameters<Client["connect"]>[0]): Promise<void> {
  return new Promise((resolve, reject) => {
    client.once("ready", () => resolve());
    client.once("error", (error: Error & { level?: string }) => {
      client.end();
      reject(toRefusal(error));
    });
    try {
      client.connect(options);
    } catch {
      // What the library says could quote the key.
      reject(new Refusal("invalid", "fleet.ssh_bad_key", "the private key can't be read, or needs its passphrase"));
    }
  });
}

function toRefusal({ level, message }: Error & { level?: string }): Refusal {
  if (level === "client-authentication") {
    return new Refusal("conflict", "fleet.ssh_sign_in", "the server does not take this user with this password or key");
  }
  return new Refusal("conflict", "fleet.ssh_unreachable", message.slice(0, 300));
}

import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { labels } from "@berth/node/docker";

/** The machine's Docker Engine behind a socket of the test's own, so that it can be away without disturbing anybody else. */
export class TestEngine {
  readonly socketPath: string;
  readonly #owner: string;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;

  /** `owner`: whose containers they are. */
  static async start(owner: string): Promise<TestEngine> {
    const engine = new TestEngine(owner);
    await engine.restart();
    return engine;
  }

  private constructor(owner: string) {
    this.#owner = owner;
    this.socketPath = join(owner, "docker.sock");
  }

  /** The owner's containers end, with -9, and the engine is gone with them. */
  async kill(): Promise<void> {
    await this.hide();
    const running = this.containers("--filter", "status=running");
    if (running.length > 0) execFileSync("docker", ["kill", ...running], { stdio: "ignore" });
  }

  /** The engine is gone, the containers are not. */
  async hide(): Promise<void> {
    const closed = this.#server && once(this.#server, "close");
    this.#server?.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
    this.#server = undefined;
  }

  async restart(): Promise<void> {
    this.#server = createServer((socket) => {
      const docker = connect("/var/run/docker.sock");
      for (const one of [socket, docker]) {
        this.#sockets.add(one);
        one.on("error", () => {}); // a close follows
        one.on("close", () => {
          this.#sockets.delete(one);
          socket.destroy();
          docker.destroy();
        });
      }
      socket.pipe(docker).pipe(socket);
    }).listen(this.socketPath);
    await once(this.#server, "listening");
  }

  /** Ids of the owner's containers. */
  containers(...filters: string[]): string[] {
    const args = ["ps", "-aq", "--filter", `label=${labels.owner}=${this.#owner}`, ...filters];
    return execFileSync("docker", args, { encoding: "utf8" }).split("\n").filter(Boolean);
  }

  /** Removes what is left over. */
  async stop(): Promise<void> {
    await this.hide();
    const all = this.containers();
    if (all.length > 0) execFileSync("docker", ["rm", "-fv", ...all], { stdio: "ignore" });
  }
}

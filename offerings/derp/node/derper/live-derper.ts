import { createHash, X509Certificate } from "node:crypto";
import { Agent, request } from "node:https";
import { FrameType, formatNodeKey, keyBytes, newKeyPair } from "@berth/derp";
import { sleep } from "@berth/kit";
import { DerpClient } from "@berth/relay";
import type { DerpSpec } from "../../spec.ts";
import { type Secrets, serverNameOf } from "./plan.ts";

export interface LiveDerperOptions {
  /** The container's own. */
  readonly address: string;
  readonly spec: DerpSpec;
  readonly secrets: Secrets;
  /** By `nodekey:`; asked again whenever somebody connects, and by `enforce`. */
  readonly isAllowed: (key: string) => boolean;
}

const timeoutMs = 3_000;

/** A derper that runs, seen by its operator: what it counted, and who is connected. */
export class LiveDerper {
  readonly #options: LiveDerperOptions;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  /** Keys of who is connected, as derper tells its mesh. */
  readonly #present = new Map<string, Buffer>();
  #mesh: DerpClient | undefined;
  #dialling: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: LiveDerperOptions) {
    this.#options = options;
  }

  /** Without it connections can neither be watched nor closed. */
  get isConnected(): boolean {
    return this.#mesh !== undefined;
  }

  /** Connects unless it is connected. */
  async connect(): Promise<void> {
    if (this.#mesh || this.#isClosed) return;
    this.#dialling ??= this.#dial().finally(() => {
      this.#dialling = undefined;
    });
    await this.#dialling;
  }

  /** Payload that devices sent, since derper began. */
  async receivedBytes(): Promise<bigint> {
    const text = await this.#get(`/debug/varz?debugkey=${this.#options.secrets.debugKey}`);
    const found = text.match(/^derp_bytes_received (\d+)$/m)?.[1];
    if (found === undefined) throw new Error("derper does not tell what it received");
    return BigInt(found);
  }

  /** Closes the connections of whoever is not allowed any more. */
  enforce(): void {
    for (const [name, key] of this.#present) if (!this.#options.isAllowed(name)) this.#closePeer(key);
  }

  /** Closes all connections. When it returns they are closed and counted, or derper is beyond answering. */
  async closeAll(): Promise<void> {
    for (const key of this.#present.values()) this.#closePeer(key);
    for (let waitedMs = 0; this.#mesh && this.#present.size > 0 && waitedMs < 1_000; waitedMs += 10) await sleep(10);
  }

  close(): void {
    this.#isClosed = true;
    this.#mesh?.destroy();
    this.#agent.destroy();
  }

  async #dial(): Promise<void> {
    const { address: host, spec, secrets } = this.#options;
    const keys = newKeyPair();
    const mesh = await DerpClient.connect({
      host,
      port: spec.port,
      serverName: serverNameOf(spec),
      pin: createHash("sha256").update(new X509Certificate(spec.certificate).raw).digest("hex"),
      keys,
      meshKey: secrets.meshKey,
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (this.#isClosed) return mesh.destroy();
    this.#mesh = mesh;
    mesh.on("frame", (type, body) => {
      const key = Buffer.from(body.subarray(0, keyBytes));
      if (type === FrameType.PeerPresent && !key.equals(keys.publicKey)) this.#onPresent(key);
    });
    mesh.on("peerGone", (key) => this.#present.delete(formatNodeKey(key)));
    mesh.on("close", () => {
      this.#mesh = undefined;
      this.#present.clear();
    });
    mesh.sendFrame(FrameType.WatchConns);
  }

  /** Its admission may be older than its removal. */
  #onPresent(key: Buffer): void {
    const name = formatNodeKey(key);
    this.#present.set(name, key);
    if (!this.#options.isAllowed(name)) this.#closePeer(key);
  }

  #closePeer(key: Buffer): void {
    this.#mesh?.sendFrame(FrameType.ClosePeer, key);
  }

  #get(path: string): Promise<string> {
    const { address: host, spec } = this.#options;
    return new Promise((resolve, reject) => {
      const asking = request(
        {
          host,
          port: spec.port,
          path,
          servername: serverNameOf(spec),
          agent: this.#agent,
          ca: spec.certificate, // this one and no other, whatever it is called
          checkServerIdentity: () => undefined,
          signal: AbortSignal.timeout(timeoutMs),
        },
        (reply) => {
          let text = "";
          reply.on("data", (chunk) => (text += chunk));
          reply.on("error", reject);
          reply.on("end", () => (reply.statusCode === 200 ? resolve(text) : reject(new Error(text.trim()))));
        },
      );
      asking.on("error", reject);
      asking.end();
    });
  }
}

import type { KeyPair } from "@berth/derp";
import { sleep } from "@berth/kit";
import { DerpClient } from "@berth/relay";
import type { Relay } from "../../apps/cli/src/demo/relays.ts";

const packetBytes = 500;
const everyMs = 20;

/** One device that sends steadily to another over one relay, and dials again when its connection breaks. */
export class Talk {
  readonly #relay: Relay;
  readonly #keys: KeyPair;
  readonly #to: KeyPair;
  readonly #stop = new AbortController();
  #client: DerpClient | undefined;
  #running: Promise<void> | undefined;
  #brokenAt: number | undefined;
  /** Payload handed to a connection; what a break swallowed is in it. */
  sentBytes = 0;
  received = 0;
  breaks = 0;
  /** The longest time without a connection. */
  longestBreakMs = 0;

  /** Bytes that such a device sends in a second. */
  static readonly bytesPerSecond = (packetBytes * 1_000) / everyMs;

  constructor(relay: Relay, keys: KeyPair, to: KeyPair) {
    this.#relay = relay;
    this.#keys = keys;
    this.#to = to;
  }

  get isConnected(): boolean {
    return this.#client !== undefined;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Stops sending, waits until the relay has read everything, and says goodbye. */
  async end(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.#client?.ping().catch(() => undefined);
    await this.#client?.close();
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const client = this.#client ?? (await this.#dial());
      if (client) this.#send(client);
      await sleep(client ? everyMs : 50);
    }
  }

  #send(client: DerpClient): void {
    client.send(this.#to.publicKey, Buffer.alloc(packetBytes, 0x44));
    this.sentBytes += packetBytes;
  }

  async #dial(): Promise<DerpClient | undefined> {
    const client = await DerpClient.connect({
      ...this.#relay,
      keys: this.#keys,
      signal: AbortSignal.timeout(2_000),
    }).catch(() => undefined);
    if (!client) return undefined;
    client.on("packet", () => {
      this.received += 1;
    });
    client.once("close", () => {
      this.#client = undefined;
      if (this.#stop.signal.aborted) return;
      this.breaks += 1;
      this.#brokenAt = performance.now();
    });
    if (this.#brokenAt !== undefined) {
      this.longestBreakMs = Math.max(this.longestBreakMs, performance.now() - this.#brokenAt);
    }
    this.#client = client;
    return client;
  }
}

import { once } from "node:events";
import { sleep } from "@berth/kit";
import WebSocket from "ws";

/** One end of a flow, as a browser or a program has it. */
export class Socket {
  readonly raw: WebSocket;
  /** Everything that was said so far. */
  heard = "";
  heardBytes = 0;
  readonly #closed: Promise<string>;

  constructor(url: string, token?: string) {
    this.raw = new WebSocket(url, token ? { headers: { authorization: `Bearer ${token}` } } : {});
    this.raw.on("error", () => {});
    this.raw.on("message", (data: Buffer) => {
      this.heardBytes += data.length;
      if (this.heard.length < 2 ** 20) this.heard += data.toString();
    });
    this.#closed = new Promise((resolve) =>
      this.raw.once("close", (code, reason) => resolve(`${code} ${reason}`.trim())),
    );
  }

  async say(text: string): Promise<void> {
    if (this.raw.readyState === WebSocket.CONNECTING) await once(this.raw, "open");
    this.raw.send(Buffer.from(text));
  }

  /** The window has this size now. */
  async resize(columns: number, rows: number): Promise<void> {
    if (this.raw.readyState === WebSocket.CONNECTING) await once(this.raw, "open");
    this.raw.send(JSON.stringify({ columns, rows }));
  }

  async until(holds: () => boolean): Promise<void> {
    for (let waitedMs = 0; !holds(); waitedMs += 10) {
      if (waitedMs > 10_000) throw new Error(`not heard; but: ${this.heard.slice(-200)}`);
      await sleep(10);
    }
  }

  /** Code and reason, when it is over. */
  closed(): Promise<string> {
    const never = new Promise<string>((resolve) => setTimeout(resolve, 15_000, "never").unref());
    return Promise.race([this.#closed, never]);
  }

  leave(): void {
    this.raw.close();
  }
}

import { EventEmitter } from "node:events";
import { connect, type Socket } from "node:net";
import { backoffMs, Refusal, type RefusalKind } from "@berth/kit";
import { maxReplyBytes } from "./control-limits.ts";
import { encodeLine, readLines } from "./lines.ts";
import type { CounterEntry, CounterReport, Knock, Room, RoomStatus } from "./room.ts";
import type { Tally } from "./tally.ts";

export interface RelayClientOptions {
  readonly socketPath: string;
  /** For one request, with the wait for a relay that is away. */
  readonly timeoutMs?: number;
}

interface RelayClientEvents {
  /** Counters that grew, with their whole value; not those that grew while disconnected. */
  counters: [report: CounterReport];
  knocks: [knocks: readonly Knock[]];
  connected: [];
  disconnected: [];
}

interface Reply {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly kind: RefusalKind; readonly code: string; readonly message: string };
  readonly event?: string;
  readonly data?: unknown;
}

type Settle = (reply: Reply) => void;

const away: Reply = {
  error: { kind: "unavailable", code: "relay.unreachable", message: "the relay is not reachable" },
};

const late: Reply = {
  error: { kind: "unavailable", code: "relay.timeout", message: "the relay did not answer in time" },
};

/** Steers a relay process through its control socket; connects by itself, again and again, until closed. */
export class RelayClient extends EventEmitter<RelayClientEvents> {
  readonly #socketPath: string;
  readonly #timeoutMs: number;
  readonly #waiting = new Map<number, Settle>();
  /** Requests that wait for a connection, as lines. */
  readonly #unsent = new Map<number, string>();
  readonly #firstAttempt = Promise.withResolvers<void>();
  #socket: Socket | undefined;
  #isConnected = false;
  #isClosed = false;
  #attempts = 0;
  #redial: NodeJS.Timeout | undefined;
  #lastId = 0;

  constructor({ socketPath, timeoutMs = 5_000 }: RelayClientOptions) {
    super();
    this.#socketPath = socketPath;
    this.#timeoutMs = timeoutMs;
    this.#dial();
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  /** Resolves when the first attempt to connect has ended, well or not: from then on `isConnected` tells something. */
  get attempted(): Promise<void> {
    return this.#firstAttempt.promise;
  }

  /** Opens the room or changes it in place. Refused with `relay.port_in_use`, `relay.bad_spec` or `relay.unreachable`. */
  async put(room: Room, signal?: AbortSignal): Promise<void> {
    await this.#ask("put", room, signal);
  }

  /** Closes the room; its port is free when this resolves. Nothing happens when there is none. */
  async remove(instanceId: string, signal?: AbortSignal): Promise<void> {
    await this.#ask("remove", { instanceId }, signal);
  }

  async list(signal?: AbortSignal): Promise<RoomStatus[]> {
    return (await this.#ask("list", undefined, signal)) as RoomStatus[];
  }

  /** Every counter of the relay's present run. */
  async counters(signal?: AbortSignal): Promise<CounterReport> {
    return toReport(await this.#ask("counters", undefined, signal));
  }

  /** Of the relay that runs, which may be older than what is installed. */
  async version(signal?: AbortSignal): Promise<string> {
    const { version } = (await this.#ask("version", undefined, signal)) as { version: string };
    return version;
  }

  /** Dropped packets and ended connections by reason, since the relay began. */
  async tally(signal?: AbortSignal): Promise<Tally> {
    return (await this.#ask("tally", undefined, signal)) as Tally;
  }

  /**
   * Lets two ends with the ticket of this hash (`hashOfTicket`) be joined, once. They dial that port and pin that certificate
   * (SHA-256, hex).
   */
  async expect(ticketHash: string, until: Date, signal?: AbortSignal): Promise<{ port: number; pin: string }> {
    const params = { ticketHash, until };
    return (await this.#ask("expect", params, signal)) as { port: number; pin: string };
  }

  /** Has the relay process end once everybody connected has been told. What was counted is handed over first. */
  async restart(signal?: AbortSignal): Promise<void> {
    await this.#ask("restart", undefined, signal);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#redial);
    this.#socket?.destroy();
    for (const settle of [...this.#waiting.values()]) settle(away);
  }

  #dial(): void {
    const socket = connect(this.#socketPath);
    this.#socket = socket;
    socket.on("connect", () => this.#onConnect(socket));
    socket.on("error", () => {}); // a close follows
    socket.on("close", () => this.#onClose());
    readLines(socket, maxReplyBytes, (value) => this.#onReply(value as Reply));
  }

  #onConnect(socket: Socket): void {
    this.#isConnected = true;
    this.#attempts = 0;
    for (const line of this.#unsent.values()) socket.write(line);
    this.#unsent.clear();
    this.#firstAttempt.resolve();
    this.emit("connected");
  }

  #onClose(): void {
    const wasConnected = this.#isConnected;
    this.#isConnected = false;
    this.#firstAttempt.resolve();
    // What was asked may have happened or not; all of it is safe to ask again. What was not sent yet may wait.
    for (const [id, settle] of [...this.#waiting]) if (!this.#unsent.has(id)) settle(away);
    if (!this.#isClosed) {
      this.#redial = setTimeout(() => this.#dial(), backoffMs(this.#attempts++, { firstMs: 50, mostMs: 1_000 }));
    }
    if (wasConnected) this.emit("disconnected");
  }

  async #ask(method: string, params: unknown, signal?: AbortSignal): Promise<unknown> {
    signal?.throwIfAborted();
    if (this.#isClosed) throw toRefusal(away);
    const id = ++this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<Reply>();
    const timer = setTimeout(() => resolve(this.#isConnected ? late : away), this.#timeoutMs);
    const abort = () => reject(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    this.#waiting.set(id, resolve);
    const line = encodeLine({ id, method, params });
    if (this.#isConnected) this.#socket?.write(line);
    else this.#unsent.set(id, line);
    try {
      const reply = await promise;
      if (reply.error) throw toRefusal(reply);
      return reply.result;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
      this.#waiting.delete(id);
      this.#unsent.delete(id);
    }
  }

  #onReply(reply: Reply): void {
    if (reply.event === "counters") this.emit("counters", toReport(reply.data));
    else if (reply.event === "knocks") this.emit("knocks", toKnocks(reply.data));
    else if (reply.id !== undefined) this.#waiting.get(reply.id)?.(reply);
  }
}

function toRefusal({ error }: Reply): Refusal {
  return new Refusal(error?.kind ?? "unavailable", error?.code ?? "relay.unreachable", error?.message ?? "");
}

// The relay is of the same version or near: its answers are taken as they are, but for what JSON cannot say.
type OnWire<Thing, Field extends keyof Thing> = Omit<Thing, Field> & Record<Field, string>;

function toReport(data: unknown): CounterReport {
  const { run, entries } = data as { run: string; entries: OnWire<CounterEntry, "bytes">[] };
  return { run, entries: entries.map((entry) => ({ ...entry, bytes: BigInt(entry.bytes) })) };
}

function toKnocks(data: unknown): Knock[] {
  return (data as OnWire<Knock, "at">[]).map((knock) => ({ ...knock, at: new Date(knock.at) }));
}

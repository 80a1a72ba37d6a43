import { live as api } from "@berth/api";
import type { RawData, WebSocket } from "ws";
import type { LiveHub } from "./live-hub.ts";
import type { Known, Listening, Shown } from "./live-topic.ts";
import type { Log } from "./logger.ts";

/** What may wait for a slow reader before it is cut off. */
const mostBufferedBytes = 1024 * 1024;
/** Changes that wait while missed ones are sent first. */
const mostHeld = 10_000;
/** Messages of the other end that wait their turn. */
const mostWaiting = 20;
/** How long the other end may take to answer that it closes as well. */
const closeMs = 1_000;

interface SocketOptions {
  readonly hub: LiveHub;
  readonly log: Log;
  /** False when too many already wait to be known. */
  readonly canHello: boolean;
}

type Request = Exclude<api.ClientMessage, { type: "hello" }>;

/** One socket: what it follows, and what waits for it. Its messages are dealt with one after the other. */
export class LiveSocket implements Listening {
  readonly #socket: WebSocket;
  readonly #options: SocketOptions;
  readonly #followed = new Set<string>();
  readonly #said = Promise.withResolvers<string | undefined>();
  /** Changes that happen while missed ones are sent; they go out after those. */
  #held: { changes: api.Change[]; position: bigint }[] | undefined;
  #actor: Known["actor"] | undefined;
  #waiting = 0;
  #turn: Promise<void> = Promise.resolve();
  #isAlive = true;

  constructor(socket: WebSocket, options: SocketOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.on("message", (data, isBinary) => this.#take(data, isBinary));
    socket.on("pong", () => {
      this.#isAlive = true;
    });
    socket.on("close", () => this.#said.resolve(undefined));
  }

  /** The token of the first message; nothing when none comes in time. */
  async hello(withinMs: number): Promise<string | undefined> {
    if (!this.#options.canHello) this.end("unavailable");
    const timer = setTimeout(() => this.#said.resolve(undefined), withinMs);
    const token = await this.#said.promise;
    clearTimeout(timer);
    if (token === undefined) this.end("unauthenticated");
    return token;
  }

  welcome(actor: Known["actor"]): void {
    this.#actor = actor;
    void this.#send({ type: "welcome", accountId: actor.accountId, position: this.#position });
  }

  /** Tells what happened, if it is followed and may be seen. */
  deliver(shown: readonly Shown[], position: bigint): void {
    const changes = this.#changes(shown, this.#followed);
    if (changes.length === 0) return;
    if (!this.#held) {
      void this.#send({ type: "changes", changes, position: position.toString() });
      return;
    }
    this.#held.push({ changes, position });
    const count = this.#held.reduce((sum, { changes }) => sum + changes.length, 0);
    if (count > mostHeld) this.#cut();
  }

  mention(topic: api.Topic, id: string): void {
    if (!this.#actor || this.#held || !this.#follows(topic, id)) return;
    const position = this.#position;
    void this.#send({ type: "changes", changes: [{ topic, id, position }], position });
  }

  followedRates(): readonly string[] {
    return [...this.#followed].flatMap((key) => (key.startsWith(ratesOf) ? [key.slice(ratesOf.length)] : []));
  }

  deliverRates(rates: readonly (api.Rate & { accountId: string | null })[]): void {
    const actor = this.#actor;
    if (!actor) return;
    const seen = rates.filter(({ accountId }) => this.#options.hub.maySee(actor, { topic: "usage", accountId }));
    const shown = seen.map(({ id, bytesPerSecond }) => ({ id, bytesPerSecond }));
    if (shown.length > 0) void this.#send({ type: "rates", rates: shown });
  }

  ping(): void {
    if (!this.#isAlive) this.#cut();
    this.#isAlive = false;
    this.#socket.ping();
    if (this.#actor && !this.#held) void this.#send({ type: "position", position: this.#position });
  }

  onClose(listener: () => void): void {
    if (this.#socket.readyState === this.#socket.CLOSED) listener();
    else this.#socket.once("close", listener);
  }

  end(why: keyof typeof api.closeCodes): void {
    this.#followed.clear();
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.close(api.closeCodes[why], why);
    setTimeout(() => this.#cut(), closeMs).unref();
  }

  get #position(): string {
    return this.#options.hub.position.toString();
  }

  #cut(): void {
    this.#followed.clear();
    this.#socket.terminate();
  }

  #take(data: RawData, isBinary: boolean): void {
    const message = isBinary ? undefined : parse(String(data));
    if (!message) this.#refuse("live.bad_message", "this is no message of /api/v1/live");
    else if (message.type === "hello") this.#said.resolve(message.token);
    else if (this.#waiting >= mostWaiting) this.end("exhausted");
    else this.#queue(message);
  }

  #queue(message: Request): void {
    this.#waiting++;
    this.#turn = this.#turn
      .then(() => this.#handle(message))
      .catch((error: Error) => {
        this.#options.log.warn({ error: error.message }, "live socket closed, its events could not be read");
        this.end("unavailable");
      })
      .finally(() => {
        this.#waiting--;
      });
  }

  async #handle(message: Request): Promise<void> {
    if (!this.#actor) return this.#refuse("live.not_known", "wait for the welcome");
    if (message.type === "subscribe") return this.#subscribe(this.#actor, message.topics, message.after);
    for (const followed of message.topics) this.#followed.delete(keyOf(followed));
    this.#options.hub.ratesFollowed();
  }

  async #subscribe(actor: Known["actor"], topics: readonly api.Followed[], after: string | undefined): Promise<void> {
    const { hub } = this.#options;
    const forbidden = topics.find(({ topic }) => !hub.mayFollow(actor, topic));
    if (forbidden) return this.#refuse("live.not_permitted", `your role lacks what ${forbidden.topic} needs`);
    if (topics.some(({ topic, id }) => topic === "usage" && !id)) {
      return this.#refuse("live.needs_id", "usage is followed of single leases: name them");
    }
    const keys = new Set([...this.#followed, ...topics.map(keyOf)]);
    if (keys.size > api.limits.topics) return this.#refuse("live.too_many", `at most ${api.limits.topics} topics`);
    const known = after === undefined ? undefined : BigInt(after);
    // Another replica may have told the caller what this one has not seen yet.
    if (known !== undefined && known > hub.position) await hub.wake();

    // From here on without a pause: what is handed on next comes after `start`.
    const start = hub.position;
    const canReplay = known !== undefined && known <= start && start - known <= BigInt(api.limits.replayedEvents);
    const from = canReplay ? known : start;
    const added = new Set(topics.map(keyOf));
    for (const key of added) this.#followed.add(key);
    const isReset = known !== undefined && !canReplay;
    void this.#send({ type: isReset ? "reset" : "subscribed", topics: [...topics], position: from.toString() });
    this.#options.hub.ratesFollowed();
    if (from < start) await this.#replay(added, from, start);
  }

  async #replay(added: ReadonlySet<string>, from: bigint, start: bigint): Promise<void> {
    this.#held = [];
    for await (const { shown, position } of this.#options.hub.missed(from, start)) {
      const changes = this.#changes(shown, added);
      if (changes.length > 0) await this.#send({ type: "changes", changes, position: position.toString() });
    }
    const held = this.#held;
    this.#held = undefined;
    for (const { changes, position } of held)
      void this.#send({ type: "changes", changes, position: position.toString() });
  }

  #changes(shown: readonly Shown[], followed: ReadonlySet<string>): api.Change[] {
    const actor = this.#actor;
    if (!actor || followed.size === 0) return [];
    return shown.flatMap((one) => {
      const { topic, id, event } = one;
      if (!followed.has(keyOf({ topic })) && !followed.has(keyOf({ topic, id }))) return [];
      if (!this.#options.hub.maySee(actor, { topic, accountId: event.accountId })) return [];
      return [{ topic, id, position: event.position.toString() }];
    });
  }

  #follows(topic: api.Topic, id: string): boolean {
    return this.#followed.has(keyOf({ topic })) || this.#followed.has(keyOf({ topic, id }));
  }

  #refuse(code: string, message: string): void {
    void this.#send({ type: "refused", code, message });
  }

  /**
   * Resolves when the system has taken it. Who has too much waiting already is cut off: a large message alone is no sign of
   * a slow reader.
   */
  #send(message: api.ServerMessage): Promise<void> {
    if (this.#socket.bufferedAmount > mostBufferedBytes) this.#cut();
    if (this.#socket.readyState !== this.#socket.OPEN) return Promise.resolve();
    return new Promise<void>((resolve) => this.#socket.send(JSON.stringify(message), () => resolve()));
  }
}

/** Before the ids of what is followed under `usage`. */
const ratesOf = "usage|";

const keyOf = ({ topic, id }: api.Followed) => `${topic}|${id ?? ""}`;

function parse(text: string): api.ClientMessage | undefined {
  try {
    return api.clientMessage.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

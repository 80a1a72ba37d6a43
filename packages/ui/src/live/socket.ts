import { live } from "@berth/api";

export type LiveState = "connecting" | "on" | "off";

interface Wiring {
  /** Told at most once a second, and not while nobody looks. */
  readonly onChanges: (topics: ReadonlySet<string>) => void;
}

const flushMs = 1_000;
const offAfterMs = 5_000;
const longestWaitMs = 30_000;

/** The page's one socket: says what changed since, also over a lost connection, and rests while the page is hidden. */
export class LiveSocket {
  readonly #wiring: Wiring;
  readonly #wanted = new Map<live.Topic, number>();
  readonly #changed = new Set<string>();
  readonly #listeners = new Set<() => void>();
  #socket: WebSocket | undefined;
  #position: string | undefined;
  #state: LiveState = "connecting";
  #offAt: Date | undefined;
  #failures = 0;
  #flushing: ReturnType<typeof setTimeout> | undefined;
  #falling: ReturnType<typeof setTimeout> | undefined;

  constructor(wiring: Wiring) {
    this.#wiring = wiring;
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.#flushSoon();
    });
  }

  get state(): LiveState {
    return this.#state;
  }

  /** Since when what is shown may be stale. */
  get offAt(): Date | undefined {
    return this.#offAt;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  /** Hears of a topic until the returned function is called. */
  follow(topic: live.Topic): () => void {
    const count = this.#wanted.get(topic) ?? 0;
    this.#wanted.set(topic, count + 1);
    if (!this.#socket) this.#connect();
    else if (count === 0) this.#tell({ type: "subscribe", topics: [{ topic }] });
    return () => this.#unfollow(topic);
  }

  #unfollow(topic: live.Topic): void {
    const left = (this.#wanted.get(topic) ?? 1) - 1;
    if (left > 0) {
      this.#wanted.set(topic, left);
      return;
    }
    this.#wanted.delete(topic);
    this.#tell({ type: "unsubscribe", topics: [{ topic }] });
  }

  #connect(): void {
    const socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}${live.livePath}`);
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => this.#hear(JSON.parse(String(data)) as live.ServerMessage));
    socket.addEventListener("close", ({ code }) => this.#lose(code));
  }

  #hear(message: live.ServerMessage): void {
    // What the welcome names has happened already: after a lost connection the position of before it counts.
    if (message.type === "welcome") this.#position ??= message.position;
    else if ("position" in message) this.#position = message.position;
    if (message.type === "welcome") this.#begin();
    if (message.type === "changes") this.#note(message.changes);
    if (message.type === "reset") this.#note(message.topics);
  }

  #begin(): void {
    this.#failures = 0;
    clearTimeout(this.#falling);
    this.#falling = undefined;
    this.#become("on");
    const topics = [...this.#wanted.keys()].map((topic) => ({ topic }));
    if (topics.length > 0) this.#tell({ type: "subscribe", topics, after: this.#position });
  }

  #note(changes: readonly { readonly topic: string }[]): void {
    for (const { topic } of changes) this.#changed.add(topic);
    this.#flushSoon();
  }

  #flushSoon(): void {
    if (this.#changed.size === 0 || document.hidden) return;
    this.#flushing ??= setTimeout(() => {
      this.#flushing = undefined;
      const changed = new Set(this.#changed);
      this.#changed.clear();
      this.#wiring.onChanges(changed);
    }, flushMs);
  }

  #tell(message: live.ClientMessage): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #lose(code: number): void {
    this.#socket = undefined;
    if (code === live.closeCodes.unauthenticated) {
      this.#become("off");
      return;
    }
    this.#falling ??= setTimeout(() => this.#become("off"), offAfterMs);
    const waitMs = Math.min(longestWaitMs, 500 * 2 ** this.#failures++) * (0.5 + Math.random() / 2);
    setTimeout(() => {
      if (this.#wanted.size > 0 && !this.#socket) this.#connect();
    }, waitMs);
  }

  #become(state: LiveState): void {
    if (state === "off" && this.#state !== "off") this.#offAt = new Date();
    if (state === "on") this.#offAt = undefined;
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

import { live as api } from "@berth/api";
import { Refusal } from "@berth/kit";
import { type Actor, may } from "./actor.ts";
import type { Context } from "./context.ts";
import { freePlace, type SocketPlace, takePlace } from "./live-places.ts";
import { LiveRates } from "./live-rates.ts";
import type { Known, Listening, LiveEvent, LiveSource, Shown } from "./live-topic.ts";
import type { Replica } from "./replica.ts";

/** Read at a time. */
const pageSize = 500;
/** Looks by itself so often, for what nobody could tell it. */
const lookMs = 3_000;
/** Who is at the other end is asked again so often … */
const askMs = 2_000;
/** … and a socket of which it is not known for so long is closed: within 5 s of a revocation, also when asking hangs. */
const staleMs = 4_500;
const pingMs = 30_000;
/** What is mentioned again and again is told this often. */
const mentionMs = 250;

/** The sockets of this replica, and how far they have been told. Positions are handed out in order, once each. */
export class LiveHub {
  readonly #ctx: Context;
  readonly #source: LiveSource;
  readonly #sockets = new Map<Listening, Watched>();
  readonly #replica: Replica;
  readonly #rates: LiveRates;
  #position: bigint | undefined;
  #looking: Promise<void> | undefined;
  #lookAgain = false;
  #timers: NodeJS.Timeout[] = [];
  readonly #mentioned = new Map<string, { topic: api.Topic; id: string }>();
  #mentioning: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(ctx: Context, source: LiveSource, replica: Replica) {
    this.#ctx = ctx;
    this.#source = source;
    this.#replica = replica;
    this.#rates = new LiveRates(ctx, source.totals, () => this.#sockets.keys());
    replica.onLost(() => this.#endAll()); // their places are others' by now
  }

  /** Everything up to it was handed to the sockets. */
  get position(): bigint {
    return this.#position ?? 0n;
  }

  /** Takes a socket whose other end is known. */
  async add(socket: Listening, known: Known): Promise<void> {
    if (this.#isClosed) return socket.end("unavailable");
    const askedAt = performance.now();
    try {
      const place = await this.#takePlace(known.actor.sessionId);
      if (!place) return socket.end("exhausted");
      const isAsking = false;
      this.#sockets.set(socket, { ...known, place, may: fingerprint(known.actor), askedAt, isAsking });
      socket.onClose(() => this.#remove(socket));
      if (this.#isClosed) return socket.end("unavailable");
      if (this.#timers.length === 0 && this.#sockets.size > 0) this.#startTimers();
      await this.wake();
    } catch {
      return socket.end("unavailable");
    }
    socket.welcome(known.actor);
  }

  /** Somebody follows other rates than before. */
  ratesFollowed(): void {
    this.#rates.changed();
  }

  /** Something changed that is no event; whoever follows it is told soon, once. */
  mention(topic: api.Topic, id: string): void {
    if (this.#sockets.size === 0) return;
    this.#mentioned.set(`${topic}|${id}`, { topic, id });
    this.#mentioning ??= setTimeout(() => this.#tellMentioned(), mentionMs).unref();
  }

  /** There may be something new. Resolves when all that there was has been handed on. */
  wake(): Promise<void> {
    if (this.#sockets.size === 0) return Promise.resolve();
    this.#lookAgain = true;
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  /** The same for whoever can't wait. What fails is tried again by itself. */
  readonly look = (): void => void this.wake().catch(() => {});

  /** What somebody missed of these topics, in pages. `until`: what comes later is handed on as it happens. */
  async *missed(after: bigint, until: bigint): AsyncGenerator<{ shown: Shown[]; position: bigint }> {
    let position = after;
    while (position < until) {
      const page = (await this.#source.after(this.#ctx, position, pageSize)).filter((event) => event.position <= until);
      position = page.at(-1)?.position ?? until;
      yield { shown: this.#show(page), position };
    }
  }

  /** Whether somebody may follow a topic at all. */
  mayFollow(actor: Actor, topic: api.Topic): boolean {
    return may(actor, this.#source.topics[topic].permission);
  }

  /** Whether somebody may hear of this object. */
  maySee(actor: Actor, { topic, accountId }: { topic: api.Topic; accountId: string | null }): boolean {
    const { widens } = this.#source.topics[topic];
    if (widens === undefined || (widens !== "nobody" && may(actor, widens))) return true;
    return actor.kind === "account" && accountId === actor.accountId;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stopTimers();
    this.#endAll();
  }

  #endAll(): void {
    for (const socket of this.#sockets.keys()) socket.end("unavailable");
  }

  #tellMentioned(): void {
    this.#mentioning = undefined;
    const mentioned = [...this.#mentioned.values()];
    this.#mentioned.clear();
    for (const socket of this.#sockets.keys()) for (const { topic, id } of mentioned) socket.mention(topic, id);
  }

  async #takePlace(sessionId: string): Promise<SocketPlace | undefined> {
    await this.#replica.enter();
    const most = api.limits.socketsPerSession;
    return takePlace(this.#ctx, { sessionId, replicaId: this.#replica.id, most });
  }

  async #look(): Promise<void> {
    while (this.#lookAgain) {
      this.#lookAgain = false;
      this.#position ??= await this.#source.newest(this.#ctx);
      for (;;) {
        const page = await this.#source.after(this.#ctx, this.#position, pageSize);
        const last = page.at(-1);
        if (!last) break;
        this.#position = last.position;
        this.#handOn(page, last.position);
      }
    }
  }

  #handOn(page: readonly LiveEvent[], position: bigint): void {
    const shown = this.#show(page);
    for (const socket of this.#sockets.keys()) socket.deliver(shown, position);
    // An event about an account may have ended its sessions or changed what it may do.
    const accounts = new Set(page.map(({ accountId }) => accountId));
    for (const [socket, watched] of this.#sockets) {
      if (accounts.has(watched.actor.accountId)) void this.#ask(socket, watched);
    }
  }

  #show(page: readonly LiveEvent[]): Shown[] {
    return page.flatMap((event) =>
      api.topics.flatMap((topic) => {
        const id = this.#source.topics[topic].idOf(event);
        return id === undefined ? [] : [{ topic, id, event }];
      }),
    );
  }

  /** Asks again who is at the other end, and closes the socket when that is somebody else by now, or somebody who may do other things. */
  async #ask(socket: Listening, watched: Watched): Promise<void> {
    if (watched.isAsking) {
      watched.askAgain = true;
      return;
    }
    watched.isAsking = true;
    try {
      do {
        watched.askAgain = false;
        const startedAt = performance.now();
        const actor = await watched.ask();
        if (actor.kind !== "account") return socket.end("unauthenticated");
        if (fingerprint(actor) !== watched.may) return socket.end("changed");
        watched.askedAt = startedAt;
      } while (watched.askAgain);
    } catch (error) {
      // Refused: the session is over. Anything else is no answer, and what stays unknown is closed in time.
      if (error instanceof Refusal && over.includes(error.kind)) socket.end("unauthenticated");
    } finally {
      watched.isAsking = false;
    }
  }

  #remove(socket: Listening): void {
    const watched = this.#sockets.get(socket);
    this.#sockets.delete(socket);
    this.#rates.changed();
    if (watched) this.#replica.surely(() => freePlace(this.#ctx, this.#replica.id, watched.place));
    if (this.#sockets.size > 0) return;
    this.#stopTimers();
    // Nobody listens: the next one begins with what is newest then.
    this.#position = undefined;
  }

  #startTimers(): void {
    this.#timers = [
      setInterval(this.look, lookMs),
      setInterval(() => this.#watch(), 500),
      setInterval(() => {
        for (const socket of this.#sockets.keys()) socket.ping();
      }, pingMs),
    ];
  }

  #stopTimers(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers = [];
    this.#rates.stop();
  }

  #watch(): void {
    const now = performance.now();
    for (const [socket, watched] of this.#sockets) {
      if (now - watched.askedAt > staleMs) socket.end("unavailable");
      else if (now - watched.askedAt > askMs && !watched.isAsking) void this.#ask(socket, watched);
    }
  }
}

const over: readonly string[] = ["unauthenticated", "forbidden"];

interface Watched extends Known {
  readonly place: SocketPlace;
  /** What the socket was opened with. */
  readonly may: string;
  /** When the last good answer was asked for. */
  askedAt: number;
  isAsking: boolean;
  /** Something happened while the question was under way. */
  askAgain?: boolean;
}

/** Changes when somebody else signs in, or the same one may do more or less. */
function fingerprint(actor: Known["actor"]): string {
  const { accountId, role, via, sessionId, permissions } = actor;
  return JSON.stringify([accountId, role, via, sessionId, [...permissions].sort()]);
}

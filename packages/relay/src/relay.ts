import { sleep } from "@berth/kit";
import { Counters } from "./counters.ts";
import { Doors } from "./doors.ts";
import { Forwarder } from "./forwarder.ts";
import { Gate, type GateLimits } from "./gate.ts";
import { Knocks } from "./knocks.ts";
import { LiveRoom } from "./live-room.ts";
import { type Log, silentLog } from "./log.ts";
import { Flusher } from "./outbox.ts";
import type { CounterReport, Knock, Room, RoomStatus } from "./room.ts";
import type { Shared } from "./shared.ts";
import { Tally } from "./tally.ts";
import { TimerWheel } from "./timer-wheel.ts";
import { Turns } from "./turns.ts";

export interface RelayOptions {
  /** The address to listen on. */
  readonly host: string;
  readonly log?: Log;
  readonly now?: () => Date;
  readonly gateLimits?: GateLimits;
  /** Length of what counts as a second; shorter in tests. */
  readonly tickMs?: number;
}

interface Open {
  readonly live: LiveRoom;
  readonly doors: Doors;
}

/** The data plane of a node: its rooms, and what they count. */
export class Relay {
  readonly #host: string;
  readonly #shared: Shared;
  readonly #rooms = new Map<string, Open>();
  /** The last thing that was asked per instance: what is asked next waits for it. */
  readonly #turns = new Map<string, Promise<unknown>>();
  readonly #ticker: NodeJS.Timeout;
  #onNews: () => void = () => {};

  constructor({ host, log = silentLog, now = () => new Date(), gateLimits, tickMs = 1_000 }: RelayOptions) {
    const tally = new Tally();
    this.#host = host;
    this.#shared = {
      counters: new Counters(() => this.#onNews()),
      knocks: new Knocks(() => this.#onNews()),
      tally,
      gate: new Gate(gateLimits),
      wheel: new TimerWheel(),
      turns: new Turns(),
      flusher: new Flusher(),
      forwarder: new Forwarder(tally),
      log,
      now,
    };
    this.#ticker = setInterval(() => this.#tick(), tickMs);
  }

  /** Called when there is something to take where there was nothing. One listener: the later call replaces the earlier. */
  onNews(listener: () => void): void {
    this.#onNews = listener;
  }

  /**
   * Opens the room, or changes the open one in place. Refuses a port that is taken and keys that cannot be used; an open room then
   * stays as it was. A former door whose port is taken keeps nobody else out: it is opened as soon as it can be.
   */
  put(room: Room): Promise<void> {
    return this.#inTurn(room.instanceId, () => this.#put(room));
  }

  /** Closes the room and its connections; its port is free when this resolves. Nothing happens when there is none. */
  remove(instanceId: string): Promise<void> {
    return this.#inTurn(instanceId, async () => {
      const open = this.#rooms.get(instanceId);
      if (!open) return;
      this.#rooms.delete(instanceId);
      await open.doors.close();
      this.#shared.knocks.forget(instanceId);
      this.#shared.log.info({ instanceId }, "room closed");
    });
  }

  list(): RoomStatus[] {
    const nowMs = this.#shared.now().getTime();
    return [...this.#rooms].map(([instanceId, { live }]) => ({
      instanceId,
      generation: live.generation,
      phase: "running",
      isSpent: live.meter.isSpent(nowMs),
      connections: live.connections,
    }));
  }

  /** Every counter of this run, also of rooms and devices that are gone. */
  counters(): CounterReport {
    return { run: this.#shared.counters.run, entries: this.#shared.counters.all() };
  }

  /** The counters that grew since the last call. */
  takeGrown(): CounterReport {
    return { run: this.#shared.counters.run, entries: this.#shared.counters.takeGrown() };
  }

  takeKnocks(): Knock[] {
    return this.#shared.knocks.take();
  }

  /** How many packets were dropped and connections ended, by reason, since the process began. */
  get tally(): Tally {
    return this.#shared.tally;
  }

  /** Closes every room; those who are connected have `graceMs` to take what is on the way to them. */
  async close({ graceMs = 0 } = {}): Promise<void> {
    const empty = Promise.all([...this.#rooms.values()].map(({ doors }) => doors.empty()));
    const patience = new AbortController();
    if (graceMs > 0) await Promise.race([empty, sleep(graceMs, patience.signal).catch(() => {})]);
    patience.abort();
    clearInterval(this.#ticker);
    await Promise.all([...this.#rooms.keys()].map((instanceId) => this.remove(instanceId)));
  }

  async #put(room: Room): Promise<void> {
    const open = this.#rooms.get(room.instanceId);
    if (!open) return this.#open(room);
    const { live, doors } = open;
    const [change, plan] = [live.prepare(room), doors.plan(room)];
    await doors.open(plan);
    doors.settle(plan);
    live.change(change);
  }

  async #open(room: Room): Promise<void> {
    const live = new LiveRoom(room, this.#shared);
    const doors = new Doors(live, this.#host);
    const plan = doors.plan(room);
    await doors.open(plan);
    doors.settle(plan);
    this.#rooms.set(room.instanceId, { live, doors });
    this.#shared.log.info({ instanceId: room.instanceId, port: room.port }, "room opened");
  }

  #inTurn(instanceId: string, work: () => Promise<void>): Promise<void> {
    const turn = (this.#turns.get(instanceId) ?? Promise.resolve()).then(work);
    const settled = turn.catch(() => {});
    this.#turns.set(instanceId, settled);
    void settled.then(() => {
      if (this.#turns.get(instanceId) === settled) this.#turns.delete(instanceId);
    });
    return turn;
  }

  #tick(): void {
    this.#shared.wheel.tick();
    for (const [instanceId, { live, doors }] of this.#rooms) {
      live.dismissIfSpent();
      // What is asked of the room meanwhile has its turn after it. A door that can't be opened yet is tried again.
      if (doors.isDue()) void this.#inTurn(instanceId, () => doors.refresh()).catch(() => {});
    }
  }
}

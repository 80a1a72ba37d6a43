import type { Allowance, Driver, DriverListener, Knock, Reading } from "./driver.ts";

/** One place where an instance can run: a port of its own, say. The suite uses 0 and 1. */
export type Place = number;

/** Somebody who uses an instance. */
export interface Session {
  /** Uses up to that many bytes; resolves when the instance has taken what it takes. */
  use(bytes: number): Promise<void>;
  /** Whether it can still be used. */
  isAlive(): boolean;
  /** Resolves when the instance has ended it. */
  ended(): Promise<void>;
  leave(): Promise<void>;
}

/** What the suite needs to know of a driver's kind. */
export interface DriverSetup<Spec> {
  readonly driver: Driver<Spec>;
  /**
   * What ends a run of counters. `process`, the default: that of the driver's process, so it has every counter at any time.
   * `instance`: each instance counts by itself, and what it counted before it was stopped is known only to who heard or read it.
   */
  readonly runsEndWith?: "process" | "instance";
  /** A spec as control sends it, for two users; `changed`: the same without the second user. */
  spec(place: Place, options?: { readonly changed?: boolean }): Record<string, unknown>;
  /** Lets user 0 or 1 of the instance at that place in; rejects when it is refused. */
  enter(place: Place, user: 0 | 1): Promise<Session>;
  /** Somebody who is not a user of it tries. */
  knock(place: Place): Promise<void>;
  /** Takes the place away from everybody; what is returned gives it back. */
  occupy(place: Place): Promise<() => Promise<void>>;
  /** Kills the process behind, with -9. */
  kill(): Promise<void>;
  /** Starts it again. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

interface Applying {
  readonly changed?: boolean;
  readonly generation?: number;
  readonly allowance?: Allowance;
  readonly unknown?: Record<string, unknown>;
}

/** A driver with what the checks do to it again and again. */
export class Subject<Spec> {
  readonly setup: DriverSetup<Spec>;
  readonly driver: Driver<Spec>;
  #round = 0;
  /** Every value that was told of runs that end with their instance. */
  readonly #told: Reading[] = [];
  #sessions: Session[] = [];
  #stops: (() => void)[] = [];

  constructor(setup: DriverSetup<Spec>) {
    this.setup = setup;
    this.driver = setup.driver;
    if (setup.runsEndWith !== "instance") return;
    setup.driver.watch({ readings: (readings) => this.#told.push(...readings), knocks() {}, changed() {} });
  }

  /** Of this round: counters outlive their instance, and must not reach the next check. */
  id(place: Place): string {
    return `instance_${this.#round}_${place}`;
  }

  async apply(place: Place, { changed, generation = 1, allowance = {}, unknown }: Applying = {}): Promise<void> {
    const spec = this.driver.spec.parse({ ...this.setup.spec(place, { changed }), ...unknown });
    await this.driver.apply({ instanceId: this.id(place), generation, spec, allowance }, AbortSignal.timeout(10_000));
  }

  async remove(place: Place): Promise<void> {
    await this.driver.remove(this.id(place), AbortSignal.timeout(10_000));
  }

  async enter(place: Place, user: 0 | 1): Promise<Session> {
    const session = await this.setup.enter(place, user);
    this.#sessions.push(session);
    return session;
  }

  async readings(place: Place): Promise<Reading[]> {
    return (await this.driver.readings()).filter(({ instanceId }) => instanceId === this.id(place));
  }

  /** As control would know it. */
  async used(place: Place): Promise<bigint> {
    const readings = await this.driver.readings();
    if (this.setup.runsEndWith !== "instance") return sum(readings, this.id(place));
    this.#told.push(...readings);
    return sum(this.#told, this.id(place));
  }

  listen(): Heard {
    const heard = new Heard();
    this.#stops.push(this.driver.watch(heard.listener));
    return heard;
  }

  async clear(): Promise<void> {
    for (const stop of this.#stops.splice(0)) stop();
    await Promise.all(this.#sessions.splice(0).map((session) => session.leave()));
    for (const place of [0, 1]) await this.remove(place);
    this.#round++;
  }

  async close(): Promise<void> {
    await this.driver.close();
    await this.setup.close();
  }
}

/** The sum of the latest values. */
export function sum(readings: readonly Reading[], instanceId: string): bigint {
  const latest = new Map<string, bigint>();
  for (const one of readings) {
    if (one.instanceId !== instanceId) continue;
    latest.set(`${one.generation} ${one.run} ${one.subject} ${one.meter}`, one.value);
  }
  return [...latest.values()].reduce((total, value) => total + value, 0n);
}

/** What a listener was told, and a way to wait for it. */
export class Heard {
  readonly readings: Reading[] = [];
  readonly knocks: Knock[] = [];
  changes = 0;
  #onNews: () => void = () => {};

  readonly listener: DriverListener = {
    readings: (readings) => {
      this.readings.push(...readings);
      this.#onNews();
    },
    knocks: (knocks) => {
      this.knocks.push(...knocks);
      this.#onNews();
    },
    changed: () => {
      this.changes++;
      this.#onNews();
    },
  };

  /** Resolves as soon as the condition holds; rejects after ten seconds. */
  until(isTrue: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`not heard: ${isTrue}`)), 10_000);
      this.#onNews = () => {
        if (!isTrue()) return;
        clearTimeout(timer);
        resolve();
      };
      this.#onNews();
    });
  }
}

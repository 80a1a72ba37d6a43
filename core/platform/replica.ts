import { createHash } from "node:crypto";
import { newId, secondMs } from "@berth/kit";
import { sql } from "kysely";
import type { Context } from "./context.ts";

interface ReplicaTimes {
  readonly beatMs: number;
  /** One that was not heard of for so long is gone, says another that was heard of all the time. */
  readonly goneMs: number;
}

const usual: ReplicaTimes = { beatMs: 2 * secondMs, goneMs: 10 * secondMs };

/** This process among those that serve control: as long as its row is there, what it holds counts. */
export class Replica {
  #id: string;
  readonly #ctx: Context;
  readonly #times: ReplicaTimes;
  #isIn: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #listeners: (() => void)[] = [];
  #undone: (() => Promise<void>)[] = [];
  readonly #doing = new Set<Promise<void>>();
  #isBeating = false;
  /** Since when every beat went well. */
  #wellSince: number | undefined;

  constructor(ctx: Context, times = usual) {
    this.#ctx = ctx;
    this.#times = times;
    this.#id = newId("replica", ctx.now());
  }

  get id(): string {
    return this.#id;
  }

  /**
   * Where this process listens, which no two do at the same time: what was there before it is gone, and nobody has to wait to
   * find that out. To be said before anything is held.
   */
  listensAt(place: string): void {
    if (this.#isIn) return;
    const here = createHash("sha256").update(place).digest("hex").slice(0, 16);
    this.#id = newId(`replica_${here}`, this.#ctx.now());
  }

  /** The row is there when this resolves. Later calls cost nothing. */
  enter(): Promise<void> {
    this.#isIn ??= this.#beat().then(
      () => {
        this.#timer = setInterval(() => this.#beatAgain(), this.#times.beatMs).unref();
      },
      (error) => {
        this.#isIn = undefined;
        throw error;
      },
    );
    return this.#isIn;
  }

  /** Does something as soon as the database lets it, unless this process ends first. */
  surely(work: () => Promise<void>): void {
    this.#wait(
      work().catch((error) => {
        this.#ctx.log.warn({ error: (error as Error).message }, "not done yet, tried again soon");
        this.#undone.push(work);
      }),
    );
  }

  /** Whoever leaves waits for it. */
  #wait(doing: Promise<void>): void {
    this.#doing.add(doing);
    void doing.finally(() => this.#doing.delete(doing));
  }

  /** Called when this process was taken to be gone: what it held was given to others. */
  onLost(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Says that it goes; without that, others find out. */
  async leave(): Promise<void> {
    clearInterval(this.#timer);
    if (!this.#isIn) return;
    await Promise.all([this.#isIn.catch(() => undefined), ...this.#doing]);
    await this.#ctx.db
      .deleteFrom("replicas")
      .where("id", "=", this.id)
      .execute()
      .catch(() => undefined);
  }

  #beatAgain(): void {
    if (this.#isBeating) return; // the database takes its time
    this.#isBeating = true;
    const beat = this.#beat().catch(() => this.#unwell());
    this.#wait(beat.finally(() => (this.#isBeating = false)));
  }

  async #beat(): Promise<void> {
    const isFirst = this.#timer === undefined;
    if (isFirst) await this.#replaceFormer();
    const { rows } = await sql<{ isMade: boolean }>`
      insert into replicas (id, seen_at) values (${this.id}, ${this.#ctx.now()})
      on conflict (id) do update set seen_at = excluded.seen_at returning xmax = 0 as "isMade"`.execute(this.#ctx.db);
    if (!isFirst && rows[0]?.isMade) for (const listener of this.#listeners) listener();
    this.#wellSince ??= performance.now();
    for (const work of this.#undone.splice(0)) this.surely(work);
    if (performance.now() - this.#wellSince > this.#times.goneMs) await this.#forgetGone();
  }

  async #replaceFormer(): Promise<void> {
    const place = /^replica_[0-9a-f]{16}_/.exec(this.#id)?.[0];
    if (!place) return;
    await this.#ctx.db.deleteFrom("replicas").where(sql`left(id, ${place.length})`, "=", place).execute();
  }

  /** The database was away: others had no way to say that they are there. */
  #unwell(): void {
    this.#wellSince = undefined;
  }

  async #forgetGone(): Promise<void> {
    const goneBefore = new Date(this.#ctx.now().getTime() - this.#times.goneMs);
    await this.#ctx.db.deleteFrom("replicas").where("seen_at", "<", goneBefore).execute();
  }
}

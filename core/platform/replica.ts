import { newId, secondMs } from "@berth/kit";
import { sql } from "kysely";
import type { Context } from "./context.ts";

const beatMs = 2 * secondMs;
/** One that was not heard of for so long is gone, says another that was heard of all the time. */
const goneMs = 10 * secondMs;

/** This process among those that serve control: as long as its row is there, what it holds counts. */
export class Replica {
  readonly id: string;
  readonly #ctx: Context;
  #isIn: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #listeners: (() => void)[] = [];
  /** Since when every beat went well. */
  #wellSince: number | undefined;

  constructor(ctx: Context) {
    this.#ctx = ctx;
    this.id = newId("replica", ctx.now());
  }

  /** The row is there when this resolves. Later calls cost nothing. */
  enter(): Promise<void> {
    this.#isIn ??= this.#beat().then(
      () => {
        this.#timer = setInterval(() => void this.#beat().catch(() => this.#unwell()), beatMs).unref();
      },
      (error) => {
        this.#isIn = undefined;
        throw error;
      },
    );
    return this.#isIn;
  }

  /** Called when this process was taken to be gone: what it held was given to others. */
  onLost(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Says that it goes; without that, others find out. */
  async leave(): Promise<void> {
    clearInterval(this.#timer);
    if (!this.#isIn) return;
    await this.#isIn.catch(() => undefined);
    await this.#ctx.db
      .deleteFrom("replicas")
      .where("id", "=", this.id)
      .execute()
      .catch(() => undefined);
  }

  async #beat(): Promise<void> {
    const isFirst = this.#timer === undefined;
    const { rows } = await sql<{ isMade: boolean }>`
      insert into replicas (id, seen_at) values (${this.id}, ${this.#ctx.now()})
      on conflict (id) do update set seen_at = excluded.seen_at returning xmax = 0 as "isMade"`.execute(this.#ctx.db);
    if (!isFirst && rows[0]?.isMade) for (const listener of this.#listeners) listener();
    this.#wellSince ??= performance.now();
    if (performance.now() - this.#wellSince > goneMs) await this.#forgetGone();
  }

  /** The database was away: others had no way to say that they are there. */
  #unwell(): void {
    this.#wellSince = undefined;
  }

  async #forgetGone(): Promise<void> {
    const goneBefore = new Date(this.#ctx.now().getTime() - goneMs);
    await this.#ctx.db.deleteFrom("replicas").where("seen_at", "<", goneBefore).execute();
  }
}

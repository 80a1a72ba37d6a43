import { type Context, type NotedEvent, requestTransaction } from "./context.ts";

export interface DryRun {
  readonly text: string;
  readonly events: readonly NotedEvent[];
}

/** Ends a transaction that went well without keeping any of it. */
class Rehearsed extends Error {
  readonly run: DryRun;

  constructor(run: DryRun) {
    super("rolled back: a dry run");
    this.run = run;
  }
}

/**
 * Does the work and takes it back: no row, job, mail or notice of it is left. Only what a refused use case committed stays,
 * as it would without a dry run: otherwise serials and passwords could be guessed for nothing.
 */
export async function rehearse(ctx: Context, work: (ctx: Context) => Promise<string>): Promise<DryRun> {
  try {
    return await requestTransaction(ctx, async (ctx) => {
      const events: NotedEvent[] = [];
      const text = await work({ ...ctx, dryRun: { events } });
      throw new Rehearsed({ text, events });
    });
  } catch (error) {
    if (error instanceof Rehearsed) return error.run;
    throw error;
  }
}

import type { Context } from "../platform/context.ts";
import { findChallenges } from "./store.ts";

/**
 * Answers what an authority asks any replica. Anybody may ask, so at most one look at the database is under way: who comes
 * meanwhile shares the next one, which sees whatever was written before they came.
 */
export function challengeAnswers(ctx: Context): (token: string) => Promise<string | undefined> {
  let running: Promise<unknown> = Promise.resolve();
  let next: Promise<ReadonlyMap<string, string>> | undefined;
  const look = () => {
    next ??= running.then(() => {
      const looking = findChallenges(ctx);
      next = undefined;
      running = looking.catch(() => {});
      return looking;
    });
    return next;
  };
  return async (token) => (await look()).get(token);
}

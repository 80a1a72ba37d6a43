import type { DryRun } from "@berth/api";

/** How much a rehearsal would have done: events by name, and how many people they are about. */
export interface Effects {
  readonly events: readonly { readonly name: string; readonly count: number }[];
  readonly people: number;
}

/** `self` is who asks: what they do is about others. */
export function toEffects({ events }: Pick<DryRun<unknown>, "events">, self: string): Effects {
  const counts = new Map<string, number>();
  for (const { name } of events) counts.set(name, (counts.get(name) ?? 0) + 1);
  const people = new Set(events.flatMap(({ accountId }) => accountId ?? []));
  people.delete(self);
  return { events: [...counts].map(([name, count]) => ({ name, count })), people: people.size };
}

const manyPeople = 10;

/** What can't be taken back, or strikes many, is confirmed by typing its name. */
export function mustType(isIrreversible: boolean, people: number): boolean {
  return isIrreversible || people > manyPeople;
}

import { type Person, redeem } from "./people.ts";
import { answersCheck, download } from "./relays.ts";
import { type Story, until } from "./story.ts";

/** Redeems serials one after the other; each is timed from asking until all of its relays answer. */
export async function measureRedemptions(story: Story, person: Person, codes: readonly string[]): Promise<void> {
  const redeemMs: number[] = [];
  const answerMs: number[] = [];
  for (const code of codes) {
    const startedAt = performance.now();
    const { lease, ms } = await redeem(person, code);
    redeemMs.push(ms);
    const relays = await download(person, lease);
    for (const relay of relays) await until("a relay that answers", async () => answersCheck(relay));
    answerMs.push(performance.now() - startedAt);
  }
  const line = (values: number[]) =>
    `median ${at(values, 0.5)} ms, 95th percentile ${at(values, 0.95)} ms, most ${at(values, 1)} ms`;
  story.tell(`${codes.length} redemptions: ${line(redeemMs)}`);
  story.tell(`…until all relays answered: ${line(answerMs)}`);
}

/** The value below which this share of all lies, rounded. */
function at(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round(sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0);
}

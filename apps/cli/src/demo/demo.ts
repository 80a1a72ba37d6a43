import { type Call, catalogue, serials } from "@berth/api";
import { dayMs, newSecret } from "@berth/kit";
import type { Config } from "../config.ts";
import { joinNodes, stopNodes } from "./nodes.ts";
import { operatorOf, type Person, signUp } from "./people.ts";
import { openSite, type Site } from "./site.ts";
import { measureRedemptions } from "./speed.ts";
import { Story } from "./story.ts";
import { endOfLease, isolation, quotaReached, removedDevice, settleIn, stranger, traffic } from "./tour.ts";

/**
 * The main job from end to end, over the public API only: an operator, three nodes, two customers, real DERP traffic. Every
 * line with a tick was checked; the first that does not hold ends it with exit code 1.
 */
export async function demo(config: Config): Promise<void> {
  const site = await openSite(config);
  const story = new Story();
  try {
    await tell(story, site, config);
    story.chapter(`All ${story.kept} promises held.`);
  } catch (error) {
    story.tell(`✗ ${(error as Error).stack}`);
    process.exitCode = 1;
  } finally {
    await site.close();
  }
}

async function tell(story: Story, site: Site, config: Config): Promise<void> {
  story.chapter("The operator adds three servers");
  const operator = await operatorOf(site);
  const nodes = await joinNodes(operator, config, site.folder);
  story.tell(nodes.map(({ name, region, address }) => `${name} (${region}, ${address})`).join(", "));
  try {
    await sellAndUse(story, site, operator);
  } finally {
    await stopNodes(nodes);
  }
}

async function sellAndUse(story: Story, site: Site, operator: Call): Promise<void> {
  story.chapter("…makes a plan and serials for it");
  const codes = await makeSerials(operator, {
    name: "Three relays, 30 days, 8 MB",
    trafficBytes: 8_000_000n,
    count: 2,
  });
  story.tell(`2 serials, such as ${codes[0]?.slice(0, 5)}-…`);

  story.chapter("Two customers sign up, redeem, connect");
  const people: Person[] = [];
  for (const name of ["ada", "bo"]) people.push(await signUp(site.url, operator, name));
  const [ada, bo] = [
    await settleIn(story, people[0] as Person, codes[0] as string),
    await settleIn(story, people[1] as Person, codes[1] as string),
  ];

  story.chapter("Their devices talk; every byte is counted, and nobody reaches the other customer");
  await traffic(story, ada);
  await traffic(story, bo);
  await isolation(story, ada, bo);

  story.chapter("A stranger knocks, a device is removed");
  await stranger(story, ada);
  await removedDevice(story, ada);

  story.chapter("The quota is reached, the lease ends");
  await quotaReached(story, ada);
  await endOfLease(story, bo, operator);

  story.chapter("How long from redeeming to a relay that answers");
  const hundred = await makeSerials(operator, { name: "One hundred leases", trafficBytes: 1_000_000_000n, count: 100 });
  await measureRedemptions(story, people[0] as Person, hundred);
}

async function makeSerials(
  operator: Call,
  plan: { name: string; trafficBytes: bigint; count: number },
): Promise<string[]> {
  const { id } = await operator(catalogue.createPlan, {
    name: `${plan.name} (${newSecret().slice(0, 6)})`,
    kind: "derp",
    durationDays: 30,
    trafficBytes: plan.trafficBytes.toString(),
    devices: 5,
    price: { minor: "990", currency: "CNY" },
  });
  const redeemBy = new Date(Date.now() + 90 * dayMs).toISOString();
  const { codes } = await operator(serials.createBatch, { planId: id, name: plan.name, count: plan.count, redeemBy });
  return codes;
}

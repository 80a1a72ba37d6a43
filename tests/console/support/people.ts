import { accounts, type Call, catalogue, createClient, notices, orders, serials } from "@berth/api";
import type { BrowserContext } from "playwright-core";
import { type ConsoleSite, password } from "./console-site.ts";
import { addNode } from "./rows.ts";

/** Who looks at a site that has three nodes and one customer. By the API, since how they came is not what is looked at. */
export interface People {
  readonly operator: Call;
  readonly tokens: Readonly<Record<"operator" | "customer", string>>;
}

export async function addPeople({ url, firstLink, database: { db } }: ConsoleSite): Promise<People> {
  const link = new URL(firstLink).hash.slice(1);
  const first = { link, username: "harbour", email: "harbour@example.com", password };
  const { token } = await createClient({ url })(accounts.claimInstallation, first);
  const operator = createClient({ url, token: () => token });
  await addNode(db, { name: "tokyo-1", region: "tokyo", address: "203.0.113.7" });
  await addNode(db, { name: "sydney-1", region: "sydney", address: "203.0.113.8" });
  await addNode(db, { name: "berlin-1", region: "berlin", address: "203.0.113.9" });
  return { operator, tokens: { operator: token, customer: await addCustomer(url, operator) } };
}

/** Somebody who signed up and redeemed a serial. */
async function addCustomer(url: string, operator: Call): Promise<string> {
  const code = await sellOne(operator);
  const email = "wei@example.com";
  const guest = createClient({ url });
  await guest(accounts.signUp, { username: "wei", email, password });
  const { items } = await operator(notices.listOutbox, { address: email });
  const mailed = /\d{6}/.exec(items[0]?.subject ?? "")?.[0] ?? "";
  const { token } = await guest(accounts.verifyEmail, { email, code: mailed, password });
  await createClient({ url, token: () => token })(orders.redeemSerial, { code });
  return token;
}

async function sellOne(operator: Call): Promise<string> {
  const plan = await operator(catalogue.createPlan, {
    name: "Asia 30 days",
    kind: "derp",
    durationDays: 30,
    trafficBytes: "100000000000",
    devices: 3,
    reset: "monthly",
    price: { minor: "2850", currency: "CNY" },
  });
  const redeemBy = new Date(Date.now() + 86_400_000).toISOString();
  const { codes } = await operator(serials.createBatch, { planId: plan.id, name: "first", count: 1, redeemBy });
  return codes[0] ?? "";
}

/** As after a sign-in. */
export async function signInWith(context: BrowserContext, url: string, token: string): Promise<void> {
  await context.addCookies([{ name: "berth", value: token, url, httpOnly: true, sameSite: "Lax" }]);
}

import type { BrowserContext, Locator, Page } from "playwright-core";
import { type People, signInWith } from "./people.ts";

/** A page that somebody comes to first, and what of it they came for. */
export interface Visit {
  readonly name: string;
  readonly who?: keyof People["tokens"];
  readonly path: string;
  readonly useful: string;
}

export const visits: readonly Visit[] = [
  { name: "sign-in", path: "/sign-in", useful: "form input" },
  { name: "my services", who: "customer", path: "/leases", useful: ".lease-card" },
  { name: "overview", who: "operator", path: "/operator", useful: ".headline:not(:empty)" },
  { name: "nodes", who: "operator", path: "/operator/nodes", useful: "tbody td a" },
];

interface Where {
  readonly url: string;
  readonly people: Pick<People, "tokens">;
}

/** An empty page of who visits, and where to go. */
export async function visitOf(
  context: BrowserContext,
  { who, path, useful }: Visit,
  { url, people }: Where,
): Promise<{ readonly page: Page; readonly url: string; readonly useful: Locator }> {
  if (who) await signInWith(context, url, people.tokens[who]);
  const page = await context.newPage();
  return { page, url: `${url}${path}`, useful: page.locator(useful).first() };
}

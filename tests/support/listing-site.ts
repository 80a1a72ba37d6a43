import { type CompiledQuery, Kysely, PostgresDialect } from "kysely";
import { createApp } from "../../apps/control/src/control.ts";
import { limits } from "../../core/guard/limit.ts";
import type { Tables } from "../../core/platform/gen/tables.ts";
import type { TestControl } from "./control.ts";

/** A page as a list answers it. */
export interface ListPage {
  readonly items: readonly { readonly id: string }[];
  readonly next: string | null;
  readonly previous: string | null;
}

export interface ListingSite {
  /** Asks for something with this session. */
  get(path: string, query: Readonly<Record<string, string>>, token: string): Promise<unknown>;
  /** The same for a page. */
  read(path: string, query: Readonly<Record<string, string>>, token: string): Promise<ListPage>;
  /** The queries since it was last asked for them. */
  takeQueries(): CompiledQuery[];
  close(): Promise<void>;
}

/** Control over the same database, with limits that nobody reaches, which remembers its queries. */
export async function listingSite(control: TestControl): Promise<ListingSite> {
  let queries: CompiledQuery[] = [];
  const { pool } = control.database;
  const db = new Kysely<Tables>({
    dialect: new PostgresDialect({ pool }),
    log: ({ query }) => void queries.push(query),
  });
  const app = await createApp(
    { ...control.ctx, db },
    {
      log: control.ctx.log as never,
      linkUrl: "https://127.0.0.1:8443",
      publicUrl: "http://test",
      limits: unlimited,
    },
  );
  await app.ready();
  const get: ListingSite["get"] = async (path, query, token) => {
    const url = `/api/v1${path}?${new URLSearchParams(query)}`;
    const reply = await app.inject({ method: "GET", url, headers: { authorization: `Bearer ${token}` } });
    if (reply.statusCode !== 200) throw new Error(`${url}: ${reply.statusCode} ${reply.body}`);
    return reply.json();
  };
  return {
    get,
    read: async (path, query, token) => (await get(path, query, token)) as ListPage,
    takeQueries() {
      const taken = queries;
      queries = [];
      return taken;
    },
    close: () => app.close(),
  };
}

export const unlimited = Object.fromEntries(
  Object.entries(limits).map(([kind, { isStrict, address, subject }]) => [
    kind,
    { isStrict, address: { ...address, most: 1e9 }, subject: { ...subject, most: 1e9 } },
  ]),
) as unknown as typeof limits;

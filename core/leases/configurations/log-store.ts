import { configurations as api, type InputOf, type ReplyOf } from "@berth/api";
import { sql } from "kysely";
import { may, scopeOf } from "../../platform/actor.ts";
import type { Context } from "../../platform/context.ts";
import { findPage, type Listing, toItems } from "../../platform/listing.ts";
import { equals, within } from "../../platform/listing-filters.ts";
import type { Row } from "../../platform/rows.ts";
import { programOf } from "./program.ts";

export type LoggedRow = Row<"configuration_log">;

/** Who asked, as it lies sealed in a row. */
export interface LoggedClient {
  readonly address: string;
  readonly location: string | null;
  readonly userAgent: string | null;
  /** Somebody of the staff: where they sit is not the customer's business. */
  readonly isStaff?: true;
}

export const clientPlace = (id: string) => `configuration_log|client|${id}`;
export const indexOfAddress = ({ keys }: Context, address: string) =>
  keys.blindIndex("configuration_log.address", address);
type Reply = ReplyOf<typeof api.listConfigurationLog>;

export async function insertLogged(ctx: Context, row: LoggedRow): Promise<void> {
  await ctx.db.insertInto("configuration_log").values(row).execute();
}

const listing: Listing = {
  route: api.listConfigurationLog,
  from: sql`configuration_log c`,
  id: sql`c.id`,
  sorts: { at: { by: sql`c.at`, type: "timestamptz" } },
};

/** Who made, fetched or was refused configurations: of one's own leases, or for staff of everybody's. */
export async function findLogged(ctx: Context, input: InputOf<typeof api.listConfigurationLog>): Promise<Reply> {
  const { what, leaseId, accountId, address, from, to } = input;
  const all = [
    ...equals(sql`c.account_id`, scopeOf(ctx.actor, "leases.any")),
    ...equals(sql`c.account_id`, accountId),
    ...equals(sql`c.lease_id`, leaseId),
    ...(address === undefined ? [] : [sql`c.address_index = ${indexOfAddress(ctx, address)}`]),
    ...within(sql`c.at`, from, to),
  ];
  const found = await findPage(ctx, listing, input, { all, any: what?.map((one) => equals(sql`c.what`, one)) });
  if (found.ids.length === 0) return { ...found, items: [] };
  const rows = ctx.db.selectFrom("configuration_log").selectAll().where("id", "in", found.ids);
  return toItems(found, await rows.execute(), (row) => toLogged(ctx, row));
}

function toLogged(ctx: Context, row: LoggedRow): Reply["items"][number] {
  const known = openClient(ctx, row);
  const client = known?.isStaff && !may(ctx.actor, "leases.any") ? undefined : known;
  return {
    id: row.id as Reply["items"][number]["id"],
    at: row.at.toISOString(),
    what: row.what,
    leaseId: row.lease_id as Reply["items"][number]["leaseId"],
    accountId: row.account_id,
    version: row.version,
    form: row.form,
    address: client?.address ?? null,
    location: client?.location ?? null,
    program: programOf(client?.userAgent ?? null),
    userAgent: client?.userAgent ?? null,
  };
}

function openClient({ keys }: Context, { id, client }: Pick<LoggedRow, "id" | "client">): LoggedClient | undefined {
  return client ? JSON.parse(keys.open(clientPlace(id), client).toString()) : undefined;
}

/** Who fetched a lease's configuration since then: each program at each address once, latest first. */
export async function findFetchers(ctx: Context, leaseId: string, since: Date): Promise<Fetcher[]> {
  const rows = await ctx.db
    .selectFrom("configuration_log")
    .select(["id", "client", "at"])
    .where("lease_id", "=", leaseId)
    .where("what", "in", ["fetched", "unchanged"])
    .where("at", ">=", since)
    .orderBy("at", "desc")
    .limit(1_000)
    .execute();
  const fetchers = new Map<string, Fetcher>();
  for (const row of rows) {
    const { address, location, userAgent } = openClient(ctx, row) ?? nobody;
    const program = programOf(userAgent);
    const name = JSON.stringify([address, program]);
    const known = fetchers.get(name) ?? { address, location, program, lastAt: row.at.toISOString(), times: 0 };
    fetchers.set(name, { ...known, times: known.times + 1 });
  }
  return [...fetchers.values()];
}

const nobody: LoggedClient = { address: "", location: null, userAgent: null };

export interface Fetcher extends Pick<LoggedClient, "address" | "location"> {
  readonly program: string | null;
  readonly lastAt: string;
  readonly times: number;
}

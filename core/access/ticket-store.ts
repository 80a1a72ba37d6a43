import type { Context } from "../platform/context.ts";
import type { Row } from "../platform/rows.ts";
import { ticketMs } from "./factor.ts";

export type Ticket = Row<"sign_in_tickets">;

/** What the table holds of a ticket: nothing that another address could use. */
export function hashTicket(ctx: Context, ticket: string, address: string): Buffer {
  return ctx.keys.hash("access.ticket", `${ticket}\0${address}`);
}

export function ticketEnd(ctx: Context): Date {
  return new Date(ctx.now().getTime() + ticketMs);
}

export async function insertTicket(ctx: Context, ticket: Ticket): Promise<void> {
  await ctx.db.insertInto("sign_in_tickets").values(ticket).execute();
}

/** A live ticket, held until the transaction ends. */
export async function lockTicket(ctx: Context, hash: Buffer): Promise<Ticket | undefined> {
  const query = ctx.db.selectFrom("sign_in_tickets").selectAll().where("ticket_hash", "=", hash);
  return query.where("expires_at", ">", ctx.now()).forUpdate().executeTakeFirst();
}

export async function deleteTicket(ctx: Context, hash: Buffer): Promise<void> {
  await ctx.db.deleteFrom("sign_in_tickets").where("ticket_hash", "=", hash).execute();
}

/** Keeps what a passkey is to sign, in place of an earlier challenge for the same purpose. */
export async function saveChallenge(ctx: Context, boundTo: string, challenge: string): Promise<void> {
  const row = { challenge, expires_at: ticketEnd(ctx) };
  await ctx.db
    .insertInto("passkey_challenges")
    .values({ bound_to: boundTo, ...row })
    .onConflict((conflict) => conflict.column("bound_to").doUpdateSet(row))
    .execute();
}

/** Takes a challenge: to one caller, once. */
export async function takeChallenge(ctx: Context, boundTo: string): Promise<string | undefined> {
  const taken = await ctx.db
    .deleteFrom("passkey_challenges")
    .where("bound_to", "=", boundTo)
    .returning(["challenge", "expires_at"])
    .executeTakeFirst();
  return taken && taken.expires_at > ctx.now() ? taken.challenge : undefined;
}

/** What nobody can use any more. */
export async function deleteExpired(ctx: Context): Promise<void> {
  await ctx.db.deleteFrom("sign_in_tickets").where("expires_at", "<=", ctx.now()).execute();
  await ctx.db.deleteFrom("passkey_challenges").where("expires_at", "<=", ctx.now()).execute();
}

import type { access, accounts, InputOf, ReplyOf } from "@berth/api";
import { newSecret, type Refusal } from "@berth/kit";
import {
  admitAccount,
  beginSession,
  findPasswordHash,
  type Proof,
  provePassword,
  recordFailure,
  type SignedIn,
  wrongCredentials,
} from "../accounts/index.ts";
import { type Context, transaction } from "../platform/context.ts";
import type { Exchange } from "../platform/http.ts";
import { counted } from "./counted.ts";
import { ticketEnded, wrongFactor } from "./factor.ts";
import { countFactors, waysOf } from "./factor-store.ts";
import { assertionOptions, type Site } from "./passkey.ts";
import { findPasskey, findPasskeys } from "./passkey-store.ts";
import { proveFactor, provePasskey } from "./prove.ts";
import {
  deleteTicket,
  hashTicket,
  insertTicket,
  lockTicket,
  saveChallenge,
  type Ticket,
  ticketEnd,
} from "./ticket-store.ts";

type Answer = ReplyOf<typeof accounts.signIn>;

/**
 * Signs in with address and password, or, when the account has a second factor, gives a ticket for it. What else stands in
 * the way is told only to whoever knows the password.
 */
export async function signIn(
  ctx: Context,
  { email, password }: InputOf<typeof accounts.signIn>,
  exchange: Exchange,
): Promise<Answer> {
  const proof = await provePassword(ctx, email, password);
  return counted(ctx, async (ctx) => {
    const refusal = await admit(ctx, proof);
    if (refusal) {
      await recordFailure(ctx, proof.accountId, refusal);
      return refusal;
    }
    return openDoor(ctx, proof as Required<Proof>, exchange);
  });
}

async function admit(ctx: Context, { accountId, passwordHash }: Proof): Promise<Refusal | undefined> {
  return accountId && passwordHash ? admitAccount(ctx, accountId, passwordHash) : wrongCredentials();
}

async function openDoor(ctx: Context, { accountId, passwordHash }: Required<Proof>, exchange: Exchange) {
  const needs = waysOf(await countFactors(ctx, accountId));
  if (needs.length === 0) return beginSession(ctx, accountId, { ways: ["password"], exchange });
  const ticket = newSecret();
  const expiresAt = ticketEnd(ctx);
  await insertTicket(ctx, {
    ticket_hash: hashTicket(ctx, ticket, exchange.address),
    account_id: accountId,
    credential_hash: hashCredential(ctx, passwordHash),
    expires_at: expiresAt,
  });
  return { needs, ticket, expiresAt: expiresAt.toISOString() };
}

function hashCredential(ctx: Context, passwordHash: string | undefined): Buffer {
  return ctx.keys.hash("access.ticket_credential", passwordHash ?? "");
}

/** The ticket of a sign-in whose password is still the account's. Holds it until the transaction ends. */
async function findTicket(ctx: Context, hash: Buffer): Promise<Ticket | undefined> {
  const ticket = await lockTicket(ctx, hash);
  if (!ticket) return undefined;
  const present = hashCredential(ctx, await findPasswordHash(ctx, ticket.account_id));
  return ticket.credential_hash.equals(present) ? ticket : undefined;
}

const boundToTicket = (hash: Buffer) => `ticket:${hash.toString("hex")}`;

/** Completes a sign-in with its second factor. A ticket outlives a wrong code, but not a right one. */
export async function completeSignIn(
  ctx: Context,
  { ticket, proof }: InputOf<typeof access.completeSignIn>,
  { exchange, site }: { exchange: Exchange; site: Site },
): Promise<SignedIn> {
  const hash = hashTicket(ctx, ticket, exchange.address);
  return counted(ctx, async (ctx) => {
    const held = await findTicket(ctx, hash);
    if (!held) return ticketEnded();
    const asked = { site, boundTo: boundToTicket(hash), userVerification: "preferred" } as const;
    const refusal =
      (await admitAccount(ctx, held.account_id)) ?? (await proveFactor(ctx, held.account_id, proof, asked));
    if (refusal) {
      await recordFailure(ctx, held.account_id, refusal);
      return refusal;
    }
    // The account is locked by now: a password that was changed meanwhile ends the ticket after all.
    if (!(await findTicket(ctx, hash))) return ticketEnded();
    await deleteTicket(ctx, hash);
    return beginSession(ctx, held.account_id, { ways: ["password", proof.way], exchange });
  });
}

/** A challenge for the passkeys of the account that a ticket is for. */
export async function askSecondPasskey(
  ctx: Context,
  { ticket }: InputOf<typeof access.askSecondPasskey>,
  { exchange, site }: { exchange: Exchange; site: Site },
): Promise<ReplyOf<typeof access.askSecondPasskey>> {
  const hash = hashTicket(ctx, ticket, exchange.address);
  return transaction(ctx, async (ctx) => {
    const held = await findTicket(ctx, hash);
    if (!held) throw ticketEnded();
    const passkeys = await findPasskeys(ctx, held.account_id);
    if (passkeys.length === 0) throw wrongFactor();
    const options = await assertionOptions(site, passkeys, "preferred");
    await saveChallenge(ctx, boundToTicket(hash), options.challenge);
    return { options: { ...options } };
  });
}

const boundToAnybody = (hash: Buffer) => `anybody:${hash.toString("hex")}`;

/** A challenge for whichever passkey the browser finds: it tells nothing about any account. */
export async function askPasskey(ctx: Context, { exchange, site }: { exchange: Exchange; site: Site }) {
  const ticket = newSecret();
  const options = await assertionOptions(site, [], "required");
  await saveChallenge(ctx, boundToAnybody(hashTicket(ctx, ticket, exchange.address)), options.challenge);
  return { ticket, options: { ...options } };
}

/** Signs in with a passkey alone: it is had, and it verified who holds it, which makes two factors. */
export async function signInByPasskey(
  ctx: Context,
  { ticket, assertion }: InputOf<typeof access.signInByPasskey>,
  { exchange, site }: { exchange: Exchange; site: Site },
): Promise<SignedIn> {
  const boundTo = boundToAnybody(hashTicket(ctx, ticket, exchange.address));
  return counted(ctx, async (ctx) => {
    const accountId = (await findPasskey(ctx, assertion.id))?.account_id;
    if (!accountId) return wrongFactor();
    const stateRefusal = await admitAccount(ctx, accountId);
    // The passkey first: the account's state is told only to whoever holds it.
    const refusal =
      (await provePasskey(ctx, accountId, assertion, { site, boundTo, userVerification: "required" })) ?? stateRefusal;
    if (refusal) {
      await recordFailure(ctx, accountId, refusal);
      return refusal;
    }
    return beginSession(ctx, accountId, { ways: ["passkey"], exchange });
  });
}

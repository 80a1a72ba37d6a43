import { BlockList, isIPv6 } from "node:net";
import type { guard as api, InputOf, ReplyOf } from "@berth/api";
import { newId, Refusal } from "@berth/kit";
import { record } from "../audit/index.ts";
import { accountOf, actorName } from "../platform/actor.ts";
import { addNetwork, parseNetwork } from "../platform/client-address.ts";
import { type Context, transaction } from "../platform/context.ts";
import { notify } from "../platform/notify.ts";
import { type BanRow, findBans, markLifted } from "./ban-store.ts";
import { deleteListed, findListed, insertListed, type ListedRow } from "./list-store.ts";
import { guardChannel } from "./score.ts";

type Listed = ReplyOf<typeof api.addAddress>;
type Ban = ReplyOf<typeof api.liftBan>;

export async function listAddresses(ctx: Context): Promise<{ items: Listed[] }> {
  return { items: (await findListed(ctx)).map(toListed) };
}

/** Puts a network on a list. Nobody denies the address that they are at: they could not take it back. */
export async function addAddress(ctx: Context, input: InputOf<typeof api.addAddress>): Promise<Listed> {
  const network = parseNetwork(input.network);
  const expiresAt = input.expiresAt ? new Date(input.expiresAt) : null;
  if (!network) throw new Refusal("invalid", "guard.no_network", `${input.network} is no address and no network`);
  if (expiresAt && expiresAt <= ctx.now()) throw new Refusal("invalid", "guard.over_already", "this time has passed");
  const text = `${network.address}/${network.prefix}`;
  if (input.kind === "deny") refuseOwn(ctx, text);
  const now = ctx.now();
  const row: ListedRow = {
    id: newId("listed", now),
    kind: input.kind,
    network: text,
    note: input.note,
    made_by: accountOf(ctx.actor),
    created_at: now,
    expires_at: expiresAt,
  };
  return transaction(ctx, async (ctx) => {
    await insertListed(ctx, row);
    await record(ctx, {
      name: "guard.listed",
      data: { listedId: row.id, kind: row.kind },
      personal: { network: text },
    });
    await notify(ctx, guardChannel, "lists");
    return toListed(row);
  });
}

function refuseOwn({ actor }: Context, network: string): void {
  const list = new BlockList();
  addNetwork(list, network);
  const address = actor.kind === "account" ? actor.address : "";
  if (!list.check(address, isIPv6(address) ? "ipv6" : "ipv4")) return;
  throw new Refusal("conflict", "guard.own_address", `you are at ${address} yourself, which ${network} holds`);
}

export async function removeAddress(ctx: Context, listedId: string): Promise<{ removed: true }> {
  return transaction(ctx, async (ctx) => {
    const { kind, network } = await deleteListed(ctx, listedId);
    await record(ctx, { name: "guard.unlisted", data: { listedId, kind }, personal: { network } });
    await notify(ctx, guardChannel, "lists");
    return { removed: true };
  });
}

export async function listBans(ctx: Context): Promise<{ items: Ban[] }> {
  return { items: (await findBans(ctx)).map(toBan) };
}

/** Ends a ban; the next one of this place is a first one again. */
export async function liftBan(ctx: Context, banId: string): Promise<Ban> {
  return transaction(ctx, async (ctx) => {
    const row = await markLifted(ctx, banId, actorName(ctx.actor));
    await record(ctx, { name: "guard.ban_lifted", data: { banId }, personal: { place: row.place } });
    await notify(ctx, guardChannel, "bans");
    return toBan(row);
  });
}

function toListed(row: ListedRow): Listed {
  return {
    id: row.id as Listed["id"],
    kind: row.kind,
    network: row.network,
    note: row.note,
    madeBy: row.made_by,
    createdAt: row.created_at.toISOString(),
    expiresAt: row.expires_at?.toISOString() ?? null,
  };
}

function toBan(row: BanRow): Ban {
  return {
    id: row.id as Ban["id"],
    place: row.place,
    strikes: row.strikes,
    reasons: row.reasons,
    createdAt: row.created_at.toISOString(),
    until: row.until.toISOString(),
    liftedAt: row.lifted_at?.toISOString() ?? null,
  };
}

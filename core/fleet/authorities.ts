import type { fleet, ReplyOf } from "@berth/api";
import { newId, Refusal } from "@berth/kit";
import { type Authority, authorityFingerprint, makeAuthority } from "@berth/link";
import { record } from "../audit/index.ts";
import { type Context, transaction } from "../platform/context.ts";
import {
  type AuthorityRow,
  countCertifiedBy,
  insertAuthority,
  lockAuthorities,
  markRetired,
  trustedAuthorities,
} from "./identity-store.ts";

type View = ReplyOf<typeof fleet.rotateAuthority>;

export function toAuthority(row: AuthorityRow): View {
  return {
    id: row.id as View["id"],
    state: row.state,
    fingerprint: authorityFingerprint(row.certificate),
    createdAt: row.created_at.toISOString(),
  };
}

const place = (id: string) => `certificate_authorities|private_key|${id}`;

/** An authority with its private key, ready to sign. */
export function openAuthority(ctx: Context, row: AuthorityRow): Authority {
  return { certificate: row.certificate, privateKey: ctx.keys.open(place(row.id), row.private_key).toString() };
}

/** The authorities that are believed, the active one first; the very first is made here. */
export async function ensureAuthorities(ctx: Context): Promise<AuthorityRow[]> {
  return transaction(ctx, async (ctx) => {
    await lockAuthorities(ctx);
    const present = await trustedAuthorities(ctx);
    return present.length > 0 ? present : [await addAuthority(ctx)];
  });
}

/**
 * Makes a new authority, which signs from now on. The old one is believed beside it, and goes on vouching for control, until
 * every node has a certificate of the new one and it is retired.
 */
export async function rotateAuthority(ctx: Context): Promise<View> {
  return transaction(ctx, async (ctx) => {
    await lockAuthorities(ctx);
    const present = await trustedAuthorities(ctx);
    if (present.length > 1) {
      throw new Refusal("conflict", "fleet.rotation_running", "retire the authority that was replaced first");
    }
    return toAuthority(await addAuthority(ctx));
  });
}

async function addAuthority(ctx: Context): Promise<AuthorityRow> {
  const now = ctx.now();
  const id = newId("authority", now);
  const { certificate, privateKey } = await makeAuthority({ now });
  const row = {
    id,
    certificate,
    private_key: ctx.keys.seal(place(id), privateKey),
    state: "active",
    created_at: now,
  } as const;
  await insertAuthority(ctx, row);
  await record(ctx, { name: "fleet.authority_made", data: { authorityId: id } });
  return row;
}

/** Stops believing an authority that was replaced. Refused while a node still depends on it. */
export async function retireAuthority(ctx: Context, authorityId: string): Promise<View> {
  return transaction(ctx, async (ctx) => {
    await lockAuthorities(ctx);
    const row = (await trustedAuthorities(ctx)).find(({ id, state }) => id === authorityId && state === "trusted");
    if (!row) throw new Refusal("not_found", "fleet.no_such_authority", `no replaced authority ${authorityId}`);
    const nodes = await countCertifiedBy(ctx, authorityId);
    if (nodes > 0) {
      throw new Refusal("conflict", "fleet.authority_in_use", `${nodes} nodes still have a certificate of it`, {
        nodes,
      });
    }
    await markRetired(ctx, authorityId);
    await record(ctx, { name: "fleet.authority_retired", data: { authorityId } });
    return toAuthority({ ...row, state: "retired" });
  });
}

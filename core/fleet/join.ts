import type { fleet, InputOf, ReplyOf } from "@berth/api";
import { minuteMs, newId, newSecret, Refusal } from "@berth/kit";
import { authorityFingerprint, formatJoinToken, issue, parseJoinToken, readRequest } from "@berth/link";
import { record } from "../audit/index.ts";
import { actorName } from "../platform/actor.ts";
import { type Context, transaction } from "../platform/context.ts";
import type { Row } from "../platform/rows.ts";
import { ensureAuthorities, openAuthority } from "./authorities.ts";
import {
  type AuthorityRow,
  findKey,
  insertJoinToken,
  insertKey,
  lockJoinToken,
  markTokenUsed,
  trustedAuthorities,
} from "./identity-store.ts";
import { defaultInstancesMost } from "./node.ts";
import { getNode, insertNode, updateNode } from "./store.ts";

type View = ReplyOf<typeof fleet.createJoinToken>;

const tokenLastsMs = 15 * minuteMs;

/**
 * A token for one server. It also names the authority that vouches for control, so that the very first connection is already
 * with the right one. Only its hash is kept.
 */
export async function createJoinToken(
  ctx: Context,
  { name, region }: InputOf<typeof fleet.createJoinToken>,
  linkUrl: string,
): Promise<View> {
  return transaction(ctx, async (ctx) => {
    const authorities = await ensureAuthorities(ctx);
    const secret = newSecret();
    const expiresAt = new Date(ctx.now().getTime() + tokenLastsMs);
    const id = newId("join", ctx.now());
    await insertJoinToken(ctx, {
      id,
      made_at: ctx.now(),
      revoked_at: null,
      hash: ctx.keys.hash("join-token", secret),
      name: name ?? null,
      region: region ?? null,
      made_by: actorName(ctx.actor),
      expires_at: expiresAt,
      used_at: null,
      node_id: null,
    });
    await record(ctx, { name: "fleet.join_token_made", data: { joinTokenId: id, name: name ?? null } });
    const token = formatJoinToken({ secret, authority: authorityFingerprint(vouching(authorities).certificate) });
    return {
      id: id as View["id"],
      token,
      command: `npm run berth -- join ${linkUrl} ${token}`,
      expiresAt: expiresAt.toISOString(),
    };
  });
}

/** The authority that signs control's own certificate: the one that even the longest absent node believes. */
export function vouching(authorities: readonly AuthorityRow[]): AuthorityRow {
  return authorities.at(-1) as AuthorityRow;
}

/** What nodes are to believe, as PEM. The first one is active: a node whose certificate is of another renews it soon. */
export function toBundle(authorities: readonly AuthorityRow[]): string {
  return authorities.map(({ certificate }) => certificate).join("\n");
}

export interface Enrolment {
  readonly token: string;
  readonly request: Uint8Array;
  readonly name: string;
}

/** Trades a token for a node and its first certificate. Asked again with the same key, as after a lost answer, it answers again. */
export async function enrolNode(ctx: Context, { token, request, name }: Enrolment): Promise<Certified> {
  const { keyFingerprint } = await readRequest(request);
  return transaction(ctx, async (ctx) => {
    const hash = ctx.keys.hash("join-token", parseJoinToken(token).secret);
    const row = await lockJoinToken(ctx, hash);
    const known = row?.node_id ? await findKey(ctx, keyFingerprint) : undefined;
    const isRepeat = known !== undefined && known.node_id === row?.node_id && known.revoked_at === null;
    if (!row || row.revoked_at || (row.used_at && !isRepeat) || (!row.used_at && row.expires_at <= ctx.now())) {
      throw new Refusal(
        "unauthenticated",
        "fleet.join_token_invalid",
        "this join token is used up, revoked or has run out; make another",
      );
    }
    const [active] = await ensureAuthorities(ctx);
    const nodeId =
      known?.node_id ?? (await addNode(ctx, { row, name, keyFingerprint, authority: active as AuthorityRow }));
    return certify(ctx, nodeId, request);
  });
}

async function addNode(
  ctx: Context,
  {
    row,
    name,
    keyFingerprint,
    authority,
  }: { row: Row<"join_tokens">; name: string; keyFingerprint: string; authority: AuthorityRow },
): Promise<string> {
  const now = ctx.now();
  const id = newId("node", now);
  if (await findKey(ctx, keyFingerprint)) {
    throw new Refusal("conflict", "fleet.key_known", "this key belongs to another node; make a new one");
  }
  await insertNode(ctx, {
    id,
    name: row.name ?? (toLabel(name) || id),
    state: "joining",
    scheduling: "open",
    authority_id: authority.id,
    region: row.region ?? "",
    capabilities: [],
    port_from: 1,
    port_to: 1,
    stun_port: 0,
    instances_most: defaultInstancesMost,
    joined_at: now,
  });
  await insertKey(ctx, id, keyFingerprint);
  await markTokenUsed(ctx, row.hash, id);
  await record(ctx, { name: "fleet.node_joined", nodeId: id });
  return id;
}

/** What a server calls itself, as a name that people can read. */
const toLabel = (name: string) =>
  name
    .replace(/\p{Cc}/gu, "")
    .trim()
    .slice(0, 100);

export interface Certified {
  readonly nodeId: string;
  /** PEM. */
  readonly certificate: string;
  /** PEM, all that the node should believe. */
  readonly authorities: string;
}

/** A certificate of the active authority for a node's key, valid for 24 hours, and everything it should believe. */
export async function certify(ctx: Context, nodeId: string, request: Uint8Array): Promise<Certified> {
  const authorities = await trustedAuthorities(ctx);
  const active = authorities[0] as AuthorityRow;
  const { certificate } = await issue(openAuthority(ctx, active), request, { nodeId, now: ctx.now() });
  await updateNode(ctx, nodeId, { authority_id: active.id });
  return { nodeId, certificate, authorities: toBundle(authorities) };
}

/** The node behind a key, if it may still speak. */
export async function requireWelcome(ctx: Context, nodeId: string, keyFingerprint: string): Promise<void> {
  const key = await findKey(ctx, keyFingerprint);
  const node = key?.node_id === nodeId && key.revoked_at === null ? await getNode(ctx, nodeId) : undefined;
  if (!node || node.state === "removed") {
    throw new Refusal("forbidden", "fleet.revoked", "this node's key was revoked; join again with a new token");
  }
}

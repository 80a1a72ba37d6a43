import { type customRoles, type InputOf, type keys, type ReplyOf, rolePermissions, roles } from "@berth/api";
import { Refusal } from "@berth/kit";
import { sql } from "kysely";
import { isPermission } from "../accounts/index.ts";
import { accountOf } from "../platform/actor.ts";
import type { Context } from "../platform/context.ts";
import { pageAfter, toPage } from "../platform/paging.ts";
import type { KeyRow } from "./key-store.ts";
import type { RoleRow } from "./role-store.ts";

type Role = ReplyOf<typeof customRoles.createRole>;
type ApiKey = ReplyOf<typeof keys.revokeKey>;

/** The fixed roles, then those that were made, by name, with how many accounts have them. */
export async function findRoles(ctx: Context): Promise<{ items: Role[] }> {
  const made = await ctx.db.selectFrom("roles").selectAll().orderBy("name").execute();
  const held = await ctx.db
    .selectFrom("accounts")
    .select(["role", "custom_role_id"])
    .select((eb) => eb.fn.countAll<bigint>().as("accounts"))
    .where("state", "<>", "closed")
    .groupBy(["role", "custom_role_id"])
    .execute();
  const counts = new Map(held.map((row) => [row.custom_role_id ?? row.role, Number(row.accounts)]));
  const fixed = roles.map((role) => ({
    id: role,
    name: role,
    fixed: true,
    base: role,
    permissions: [...rolePermissions[role]],
    accounts: counts.get(role) ?? 0,
  }));
  return { items: [...fixed, ...made.map((row) => toRole(row, counts.get(row.id) ?? 0))] };
}

export async function getRole(ctx: Context, roleId: string): Promise<Role> {
  const row = await ctx.db.selectFrom("roles").selectAll().where("id", "=", roleId).executeTakeFirst();
  if (!row) throw new Refusal("not_found", "access.role_not_found", `no role ${roleId}`);
  const { accounts } = await ctx.db
    .selectFrom("accounts")
    .select((eb) => eb.fn.countAll<bigint>().as("accounts"))
    .where("custom_role_id", "=", roleId)
    .where("state", "<>", "closed")
    .executeTakeFirstOrThrow();
  return toRole(row, Number(accounts));
}

function toRole({ id, name, base, permissions }: RoleRow, accounts: number): Role {
  return { id, name, fixed: false, base, permissions: permissions.filter(isPermission), accounts };
}

/** One's own API keys, newest first, the revoked ones as well. */
export async function findKeys(
  ctx: Context,
  { limit, ...input }: InputOf<typeof keys.listKeys>,
): Promise<ReplyOf<typeof keys.listKeys>> {
  let query = ctx.db
    .selectFrom("api_keys as k")
    .innerJoin("accounts as a", "a.id", "k.account_id")
    .selectAll("k")
    // A password that was set by mail revokes all keys from before.
    .select(
      sql<Date | null>`coalesce(k.revoked_at, case when k.created_at <= a.keys_from then a.keys_from end)`.as(
        "revoked_at",
      ),
    )
    .where("k.account_id", "=", accountOf(ctx.actor))
    .orderBy("k.created_at", "desc")
    .orderBy("k.id", "desc")
    .limit(limit + 1);
  const after = pageAfter(input.after);
  if (after) query = query.where((eb) => eb(eb.refTuple("k.created_at", "k.id"), "<", eb.tuple(after.at, after.id)));
  return toPage(await query.execute(), limit, toKey);
}

export function toKey(row: KeyRow): ApiKey {
  return {
    id: row.id as ApiKey["id"],
    name: row.name,
    scopes: row.scopes,
    createdAt: row.created_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
    lastUsedAt: row.last_used_at?.toISOString() ?? null,
    revokedAt: row.revoked_at?.toISOString() ?? null,
  };
}

/** A key that is good now, with what its owner's role allows. The secret is still to be proven. */
export async function findLiveKey(ctx: Context, keyId: string) {
  return ctx.db
    .selectFrom("api_keys as k")
    .innerJoin("accounts as a", "a.id", "k.account_id")
    .leftJoin("roles as r", "r.id", "a.custom_role_id")
    .select(["k.id", "k.account_id", "k.secret_hash", "k.scopes", "k.last_used_at", "a.role"])
    .select("r.permissions as custom_permissions")
    .where("k.id", "=", keyId)
    .where("k.revoked_at", "is", null)
    .where("k.expires_at", ">", ctx.now())
    .where((eb) => eb.or([eb("a.keys_from", "is", null), eb("k.created_at", ">", eb.ref("a.keys_from"))]))
    .where("a.state", "=", "active")
    .executeTakeFirst();
}

import type { Context } from "../platform/context.ts";

/** Who looks after the installation, and can be written to. */
export async function findOperators(ctx: Context): Promise<{ accountId: string; address: string }[]> {
  return ctx.db
    .selectFrom("accounts")
    .select(["id as accountId", "email as address"])
    .where("role", "=", "super_admin")
    .where("state", "=", "active")
    .where("email_verified", "=", true)
    .orderBy("id")
    .execute();
}

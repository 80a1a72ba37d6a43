import type { Context } from "../platform/context.ts";

export async function findPersonalKeys(ctx: Context, subjects: readonly string[]) {
  if (subjects.length === 0) return [];
  return ctx.db.selectFrom("event_personal_keys").select(["subject", "key"]).where("subject", "in", subjects).execute();
}

/** The first one stays: whoever comes at the same time waits for it and then reads it. */
export async function insertPersonalKey(ctx: Context, subject: string, key: Buffer): Promise<void> {
  await ctx.db
    .insertInto("event_personal_keys")
    .values({ subject, key, created_at: ctx.now() })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Also for somebody who had no key yet, so that none is made later. */
export async function eraseKey(ctx: Context, subject: string): Promise<void> {
  const now = ctx.now();
  await ctx.db
    .insertInto("event_personal_keys")
    .values({ subject, key: null, created_at: now, erased_at: now })
    .onConflict((conflict) => conflict.column("subject").doUpdateSet({ key: null, erased_at: now }))
    .execute();
}

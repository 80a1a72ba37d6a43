import { Refusal } from "@berth/kit";
import type { Context } from "../../platform/context.ts";
import type { Row } from "../../platform/rows.ts";

export type SshJoinRow = Row<"ssh_joins">;

export async function insertSshJoin(ctx: Context, row: SshJoinRow): Promise<void> {
  await ctx.db.insertInto("ssh_joins").values(row).execute();
}

export async function getSshJoin(ctx: Context, sshJoinId: string) {
  const row = await ctx.db
    .selectFrom("ssh_joins as s")
    .innerJoin("join_tokens as t", "t.id", "s.join_token_id")
    .selectAll("s")
    .select("t.node_id")
    .where("s.id", "=", sshJoinId)
    .executeTakeFirst();
  if (!row) throw new Refusal("not_found", "fleet.no_such_ssh_join", `no join over SSH ${sshJoinId}`);
  return row;
}

type Change = Partial<Pick<SshJoinRow, "state" | "step" | "percent" | "problem_code" | "problem_detail">>;

/** Only of one that still runs: what was given up stays so. */
export async function updateSshJoin(ctx: Context, sshJoinId: string, change: Change): Promise<void> {
  await ctx.db
    .updateTable("ssh_joins")
    .set({ ...change, heard_at: ctx.now() })
    .where("id", "=", sshJoinId)
    .where("state", "=", "running")
    .execute();
}

/** Gives up what has said nothing since. */
export async function failSilent(ctx: Context, since: Date): Promise<void> {
  const problem = { problem_code: "fleet.ssh_given_up", problem_detail: "the control that was at it is gone" };
  await ctx.db
    .updateTable("ssh_joins")
    .set({ ...problem, state: "failed" })
    .where("state", "=", "running")
    .where("heard_at", "<", since)
    .execute();
}

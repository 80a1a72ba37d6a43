import { findAddressee } from "../accounts/index.ts";
import { sendMail } from "../notices/index.ts";
import type { Context } from "../platform/context.ts";
import type { LeaseRow } from "./lease.ts";

/** Tells the owner that a node of theirs stands still, and whether others serve on. */
export async function tellHeld(ctx: Context, lease: LeaseRow, left: number): Promise<void> {
  const { accountId, address } = await findAddressee(ctx, lease.account_id);
  const subject = "A server of your lease stands still · 您的一台服务器已暂停";
  const english = `A server that lease ${lease.id} runs on has used up its traffic of this month and stands still until the next one begins.`;
  const chinese = `租赁 ${lease.id} 所用的一台服务器本月流量已用完，将暂停至下一周期开始。`;
  const goesOn =
    left > 0
      ? ["Your other servers go on.", "其他服务器不受影响。"]
      : ["You will be served again then.", "届时服务将自动恢复。"];
  const body = `${english} ${goesOn[0]}\n\n${chinese}${goesOn[1]}\n`;
  const purpose = `leases.node_traffic:${lease.id}`;
  await sendMail(ctx, { accountId, address, kind: "leases.held_by_node", subject, body, purpose });
}

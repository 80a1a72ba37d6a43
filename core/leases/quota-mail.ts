import { findAddressee } from "../accounts/index.ts";
import { sendMail } from "../notices/index.ts";
import type { Context } from "../platform/context.ts";
import { type LeaseRow, resetsAt } from "./lease.ts";

export async function tellUsed(ctx: Context, lease: LeaseRow, percent: number): Promise<void> {
  const { accountId, address } = await findAddressee(ctx, lease.account_id);
  const subject = `${percent} % of your traffic is used · 流量已使用 ${percent} %`;
  const body = `${inEnglish(lease, percent)}\n\n${inChinese(lease, percent)}\n`;
  // A newer share takes the place of one that still waits.
  const purpose = `leases.quota:${lease.id}`;
  await sendMail(ctx, { accountId, address, kind: "leases.quota_warned", subject, body, purpose });
}

/** Decimal, as traffic is sold. */
const gigabytes = (bytes: bigint | null) => `${(Number(bytes ?? 0n) / 1e9).toFixed(2)} GB`;
const dayOf = (at: Date) => at.toISOString().slice(0, 10);

function resetOn(lease: LeaseRow): string | undefined {
  const at = resetsAt(lease);
  return at ? dayOf(at) : undefined;
}

function inEnglish(lease: LeaseRow, percent: number): string {
  const [used, all] = [gigabytes(lease.used_bytes), gigabytes(lease.traffic_bytes)];
  const begin = `Lease ${lease.id} has used ${used} of ${all}, ${percent} % of its traffic.`;
  const again = resetOn(lease);
  const end = again ? `It begins at zero again on ${again}.` : `It is what the lease has until ${dayOf(lease.until)}.`;
  return percent < 100
    ? `${begin} When all is used, the service stops. ${end}`
    : `${begin} The service stands still. ${end}`;
}

function inChinese(lease: LeaseRow, percent: number): string {
  const [used, all] = [gigabytes(lease.used_bytes), gigabytes(lease.traffic_bytes)];
  const begin = `租赁 ${lease.id} 已使用 ${used}，共 ${all}（${percent} %）。`;
  const again = resetOn(lease);
  const end = again ? `流量将于 ${again} 重新计算。` : `这是该租赁到 ${dayOf(lease.until)} 为止的全部流量。`;
  return percent < 100 ? `${begin}用完后服务将停止。${end}` : `${begin}服务已停止。${end}`;
}

import { findAddressee } from "../../accounts/index.ts";
import { sendMail } from "../../notices/index.ts";
import type { Context } from "../../platform/context.ts";
import type { LeaseRow } from "../lease.ts";

interface Renewed {
  readonly version: number;
  readonly why: "due" | "asked" | "leaked";
  /** Null: the one before works no more. */
  readonly formerUntil: Date | null;
}

/** Tells the owner of a lease that there is a new version to be fetched, and by when. */
export async function tellRenewed(ctx: Context, lease: LeaseRow, renewed: Renewed): Promise<void> {
  const { accountId, address } = await findAddressee(ctx, lease.account_id);
  const subject = renewed.formerUntil
    ? "Your new configuration is ready · 新配置已就绪"
    : "Your configuration was replaced at once · 配置已立即更换";
  const body = `${inEnglish(lease, renewed)}\n\n${inChinese(lease, renewed)}\n`;
  await sendMail(ctx, { accountId, address, kind: "leases.configuration_renewed", subject, body });
}

const timeText = (at: Date) => `${at.toISOString().slice(0, 16).replace("T", " ")} UTC`;

function inEnglish({ id }: LeaseRow, { version, why, formerUntil }: Renewed): string {
  const begin = `Lease ${id} has a new configuration, version ${version}${why === "due" ? ", as every 29 days" : ""}.`;
  return formerUntil
    ? `${begin} The one before works beside it until ${timeText(formerUntil)}, and devices with either reach each other.

Please fetch the new one until then, at the same address as before. Whatever fetches it by itself has nothing to do.`
    : `${begin} The one before was revoked and works no more.

Please fetch the new one now, at the address that the page of your lease shows.`;
}

function inChinese({ id }: LeaseRow, { version, formerUntil }: Renewed): string {
  const begin = `租赁 ${id} 有了新的配置（版本 ${version}）。`;
  return formerUntil
    ? `${begin}旧配置可继续使用到 ${timeText(formerUntil)}，在此期间使用新旧配置的设备可以互相连通。

请在此之前从原地址重新获取配置；会自动获取的程序无需任何操作。`
    : `${begin}旧配置已被吊销，不再可用。

请立即从租赁页面所示的地址获取新配置。`;
}

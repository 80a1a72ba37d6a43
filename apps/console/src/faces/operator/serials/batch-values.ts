import type { CallOf, serials } from "@berth/api";
import { now } from "@berth/ui/time/clock.ts";
import { dayMs } from "@berth/ui/time/format.ts";

/** A batch as it is typed. */
export interface BatchValues {
  readonly name: string;
  readonly planId: string | undefined;
  readonly count: string;
  /** `2026-11-20`, where the reader is. */
  readonly redeemOn: string;
  readonly payment: "paid" | "pending";
}

const usualDays = 180;

export function emptyBatch(planId: string | undefined): BatchValues {
  return { name: "", planId, count: "50", redeemOn: toDay(now() + usualDays * dayMs), payment: "paid" };
}

/** Serials redeem until the end of that day. */
export function toBatchInput({
  name,
  planId,
  count,
  redeemOn,
  payment,
}: BatchValues): CallOf<typeof serials.createBatch> {
  const redeemBy = new Date(`${redeemOn}T23:59:59`).toISOString();
  return { name: name.trim(), planId: planId as `plan_${string}`, count: Number(count), redeemBy, payment };
}

/** One code a line, as a spreadsheet reads it. */
export function codesFile(codes: readonly string[], { redeemBy }: { readonly redeemBy: string }): string {
  return `code,redeem_by\r\n${codes.map((code) => `${code},${redeemBy}\r\n`).join("")}`;
}

/** The day of a moment where the reader is. */
function toDay(ms: number): string {
  const at = new Date(ms);
  const two = (n: number) => String(n).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

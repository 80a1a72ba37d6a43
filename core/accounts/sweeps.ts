import { hourMs, minuteMs } from "@berth/kit";
import type { Sweep } from "../platform/sweeps.ts";
import { deleteOldSignIns } from "./sign-in-store.ts";
import { deleteExpired } from "./store.ts";

/** Nothing hangs on when they run: what has expired is refused before it is gone. */
export const accountSweeps: readonly Sweep[] = [
  { name: "accounts.delete_expired", everyMs: 10 * minuteMs, run: deleteExpired },
  { name: "accounts.delete_old_sign_ins", everyMs: hourMs, run: deleteOldSignIns },
];

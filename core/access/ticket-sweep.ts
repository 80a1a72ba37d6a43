import { minuteMs } from "@berth/kit";
import type { Sweep } from "../platform/sweeps.ts";
import { deleteExpired } from "./ticket-store.ts";

/** Nothing hangs on when it runs: what has expired is refused before it is gone. */
export const ticketSweep: Sweep = { name: "access.delete_expired", everyMs: 10 * minuteMs, run: deleteExpired };

import { minuteMs } from "@berth/kit";
import type { Sweep } from "../platform/sweeps.ts";
import { forgetBans } from "./ban-store.ts";
import { knownMs } from "./limiter.ts";
import { forgetListed } from "./list-store.ts";
import { mostOrdinaryMs } from "./settings.ts";
import { forgetPlaces, forgetWindows } from "./window-store.ts";

/** Drops what counts for nothing any more; that it is over was true before. */
export const guardSweep: Sweep = {
  name: "guard.forget",
  everyMs: minuteMs,
  run: async (ctx) => {
    const now = ctx.now().getTime();
    await forgetWindows(ctx, new Date(now - mostOrdinaryMs));
    await forgetPlaces(ctx, new Date(now - knownMs));
    await forgetListed(ctx);
    await forgetBans(ctx);
  },
};

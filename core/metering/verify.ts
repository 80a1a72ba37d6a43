import type { Finding } from "../audit/index.ts";
import type { Context } from "../platform/context.ts";
import { countReadings, firstUnequal, firstUnequalLease } from "./store.ts";

/** Usage is the sum of the counters, per instance and per lease. Names the first that is not. */
export async function verifyUsage(ctx: Context): Promise<Finding> {
  const rows = await countReadings(ctx);
  const instance = await firstUnequal(ctx);
  if (instance) {
    const { instance_id, meter, counted, used } = instance;
    return { check: "usage", rows, problem: `${instance_id}: ${counted} ${meter} counted, ${used} in usage_daily` };
  }
  const lease = await firstUnequalLease(ctx);
  if (lease)
    return { check: "usage", rows, problem: `${lease.id}: ${lease.used} bytes used, ${lease.counted} in usage_daily` };
  return { check: "usage", rows };
}

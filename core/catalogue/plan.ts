import type { catalogue, ReplyOf } from "@berth/api";
import type { Row } from "../platform/rows.ts";

export type Plan = ReplyOf<typeof catalogue.createPlan>;
export type PlanRow = Row<"plans"> & Pick<Row<"prices">, "minor" | "currency">;

export function toPlan(row: PlanRow): Plan {
  return {
    id: row.id as Plan["id"],
    name: row.name,
    kind: row.kind,
    options: row.options as Record<string, unknown>,
    durationDays: row.duration_days,
    trafficBytes: row.traffic_bytes?.toString() ?? null,
    mbps: row.mbps,
    devices: row.devices,
    reset: row.reset,
    regions: row.regions,
    onSale: row.on_sale,
    price: { minor: row.minor.toString(), currency: row.currency },
    createdAt: row.created_at.toISOString(),
  };
}

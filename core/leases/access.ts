import { addressOf } from "../fleet/index.ts";
import type { Context } from "../platform/context.ts";
import { secretsPlace } from "./place.ts";
import { instancesWithNodes } from "./views.ts";

/** Where and as whom an instance of a lease is reached: what configurations are made of. */
export interface Access {
  readonly instanceId: string;
  readonly slot: number;
  readonly region: string;
  readonly nodeName: string;
  readonly address: string;
  readonly port: number;
  readonly stunPort: number;
  /** As the offering made them: opened, and not to be logged. */
  readonly secrets: unknown;
}

/** The instances that a lease's customers may reach, by slot. Released ones and those without an address are left out. */
export async function accessOf(ctx: Context, leaseId: string): Promise<Access[]> {
  const found: Access[] = [];
  for (const row of await instancesWithNodes(ctx, [leaseId])) {
    const address = addressOf(row);
    if (!address || row.port === null) continue;
    found.push({
      instanceId: row.id,
      slot: row.slot,
      region: row.region,
      nodeName: row.node_name,
      address,
      port: row.port,
      stunPort: row.stun_port,
      secrets: JSON.parse(ctx.keys.open(secretsPlace(row.id), row.secrets).toString()),
    });
  }
  return found;
}

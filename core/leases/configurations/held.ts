import { addressOf } from "../../fleet/index.ts";
import type { Context } from "../../platform/context.ts";
import { getOffering } from "../../platform/offerings.ts";
import { secretsPlace } from "../place.ts";
import { instancesWithNodes } from "../views.ts";
import type { Held } from "./configuration.ts";
import { saveHeld } from "./store.ts";

/** Where a lease's present version leads. */
export async function readHeld(ctx: Context, leaseId: string): Promise<Held[]> {
  return (await instancesWithNodes(ctx, [leaseId])).map((row) => {
    const offering = getOffering(ctx.offerings, row.kind);
    const secrets = JSON.parse(ctx.keys.open(secretsPlace(row.id), row.secrets).toString());
    return {
      slot: row.slot,
      nodeId: row.node_id,
      nodeName: row.node_name,
      region: row.region,
      address: addressOf(row),
      port: row.port,
      fingerprint: offering.fingerprint(offering.secrets.parse(secrets)),
    };
  });
}

/** Keeps the present version's word about where it leads true, after an instance changed its port or went. */
export async function noteHeld(ctx: Context, leaseId: string): Promise<void> {
  await saveHeld(ctx, leaseId, await readHeld(ctx, leaseId));
}

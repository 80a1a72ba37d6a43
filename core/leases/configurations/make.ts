import type { Renewal } from "@berth/offering";
import { actorName } from "../../platform/actor.ts";
import type { Context } from "../../platform/context.ts";
import { getOffering } from "../../platform/offerings.ts";
import type { LeaseRow } from "../lease.ts";
import { type ConfigurationRow, timesOf } from "./configuration.ts";
import { readHeld } from "./held.ts";
import { noteConfiguration } from "./log.ts";
import { insertConfiguration } from "./store.ts";

/** What an offering renews for a lease; nothing where its kind, or what serves it, can't. */
export function renewalOf(ctx: Context, { kind, options }: Pick<LeaseRow, "kind" | "options">): Renewal | undefined {
  const offering = getOffering(ctx.offerings, kind);
  return offering.renewal?.(offering.options.parse(options));
}

/** Writes down a version that leads to where the lease's instances are now. */
export async function insertVersion(
  ctx: Context,
  lease: LeaseRow,
  { version, why, userAgent }: Pick<ConfigurationRow, "version" | "why"> & { userAgent?: string | undefined },
): Promise<Omit<ConfigurationRow, "held">> {
  const made = {
    lease_id: lease.id,
    version,
    why,
    made_at: ctx.now(),
    made_by: actorName(ctx.actor),
    ...timesOf(renewalOf(ctx, lease), ctx.now()),
    replaced_at: null,
    ended_at: null,
    ended_for: null,
  };
  await insertConfiguration(ctx, made, await readHeld(ctx, lease.id));
  const address = ctx.actor.kind === "account" ? ctx.actor.address : undefined;
  await noteConfiguration(ctx, lease, { version, what: "made", address, userAgent });
  return made;
}

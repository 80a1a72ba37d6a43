import { newId } from "@berth/kit";
import type { Context } from "../../platform/context.ts";
import { locate, locationText } from "../../platform/geoip.ts";
import type { LeaseRow } from "../lease.ts";
import { clientPlace, indexOfAddress, insertLogged, type LoggedClient, type LoggedRow } from "./log-store.ts";

/** Somebody got what people hold to reach a lease, or did not. */
export interface Noted extends Pick<LoggedRow, "version" | "what"> {
  readonly form?: string;
  /** Absent: Berth did it by itself. */
  readonly address?: string | undefined;
  readonly userAgent?: string | undefined;
}

/** Keeps who made, fetched or was refused a configuration, with where their address is. */
export async function noteConfiguration(
  ctx: Context,
  { id: lease_id, account_id }: Pick<LeaseRow, "id" | "account_id">,
  { version, what, form, address, userAgent }: Noted,
): Promise<void> {
  const id = newId("configured", ctx.now());
  const isStaff = ctx.actor.kind === "account" && ctx.actor.accountId !== account_id;
  const client = address === undefined ? undefined : await toClient(address, { userAgent, isStaff });
  await insertLogged(ctx, {
    id,
    lease_id,
    account_id,
    version,
    what,
    form: form ?? null,
    client: client ? ctx.keys.seal(clientPlace(id), JSON.stringify(client)) : null,
    address_index: address === undefined ? null : indexOfAddress(ctx, address),
    at: ctx.now(),
  });
}

async function toClient(
  address: string,
  { userAgent, isStaff }: { userAgent: string | undefined; isStaff: boolean },
): Promise<LoggedClient> {
  const location = await locate(address);
  return {
    address,
    location: location ? locationText(location) : null,
    userAgent: userAgent?.slice(0, 300) ?? null,
    ...(isStaff ? { isStaff } : {}),
  };
}

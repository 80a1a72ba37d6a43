import type { Context } from "../platform/context.ts";
import type { Client } from "./session.ts";

/** From where somebody came and with what, sealed for the row that says so. */
export function sealClient(ctx: Context, place: string, { address, userAgent }: Client): Buffer {
  return ctx.keys.seal(place, JSON.stringify({ address, userAgent }));
}

export function openClient(ctx: Context, place: string, sealed: Buffer | null): Client | undefined {
  return sealed ? (JSON.parse(ctx.keys.open(place, sealed).toString()) as Client) : undefined;
}

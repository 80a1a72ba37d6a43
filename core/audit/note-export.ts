import type { Route } from "@berth/api";
import type { Context } from "../platform/context.ts";
import { record } from "./record.ts";

/** Notes that somebody takes a list away as a file, before they get it; what they looked for may name persons. */
export async function noteExport(ctx: Context, declared: Route, input: object): Promise<void> {
  await record(ctx, {
    name: "audit.exported",
    data: { list: declared.csv ?? declared.path },
    personal: { filter: JSON.stringify(input) },
  });
}

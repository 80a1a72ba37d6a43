import { route } from "@berth/api";
import pino from "pino";
import { z } from "zod";
import { identifyWith } from "../../core/access/index.ts";
import type { Context } from "../../core/platform/context.ts";
import { serve } from "../../core/platform/http.ts";
import { createServer } from "../../core/platform/server.ts";

/** An app whose author forgot whose a lease is. */
export async function plantedApp(ctx: Context) {
  const log = pino({ level: "silent" });
  const proof = async () => {};
  const app = await createServer({
    ctx,
    log,
    identify: identifyWith("http://test"),
    requireProof: proof,
  });
  const one = route({
    method: "GET",
    path: "/planted/leases/:leaseId",
    permission: "leases.read",
    summary: "Whose it is was forgotten",
    input: z.object({ leaseId: z.string().max(64) }),
    reply: z.object({ id: z.string(), planId: z.string() }),
  });
  const all = route({
    method: "GET",
    path: "/planted/leases",
    permission: "leases.read",
    summary: "All of everybody's",
    input: z.object({}),
    reply: z.object({ items: z.array(z.string()) }),
  });
  const open = route({
    method: "POST",
    path: "/planted/open",
    permission: "leases.any",
    summary: "Served without the gate",
    input: z.object({}),
    reply: z.object({}),
  });
  serve(app, one, async ({ db }, { leaseId }) => {
    const lease = db.selectFrom("leases").select(["id", "plan_id"]).where("id", "=", leaseId);
    const { id, plan_id: planId } = await lease.executeTakeFirstOrThrow();
    return { id, planId };
  });
  serve(app, all, async ({ db }) => {
    const rows = await db.selectFrom("leases").select("id").execute();
    return { items: rows.map(({ id }) => id) };
  });
  app.post("/api/v1/planted/open", async () => ({}));
  await app.ready();
  return { app, routes: [one, all, open] };
}

import { Refusal } from "@berth/kit";
import type { FastifyInstance } from "fastify";
import { sql } from "kysely";

/** How long a dependency may take to say that it is well. */
const withinMs = 100;

/** `/healthz`: this process answers. `/readyz`: and so does the database, within 100 ms. */
export function healthRoutes(app: FastifyInstance): void {
  const schema = { hide: true };
  app.get("/healthz", { schema }, async () => ({ ok: true }));
  app.get("/readyz", { schema }, async () => {
    const late = new Promise<never>((_, reject) => {
      setTimeout(() => reject(notReady()), withinMs).unref();
    });
    await Promise.race([sql`select 1`.execute(app.berth.db), late]);
    return { ok: true };
  });
}

function notReady(): Refusal {
  return new Refusal("unavailable", "http.not_ready", `the database did not answer within ${withinMs} ms`);
}

import { Refusal } from "@berth/kit";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { sql } from "kysely";

/** How long a dependency may take to say that it is well. */
const withinMs = 100;

declare module "fastify" {
  interface FastifyInstance {
    /** True from when it is told to end: it finishes what it has, and wants nothing more. */
    isEnding: boolean;
  }
}

/** Asked by who starts, stops and spreads requests, and answered with nothing that is worth reading along. */
export function isProbe({ routeOptions }: FastifyRequest): boolean {
  return routeOptions.url === "/healthz" || routeOptions.url === "/readyz";
}

/** `/healthz`: this process answers. `/readyz`: so does the database, within 100 ms, and it is not about to end. */
export function healthRoutes(app: FastifyInstance): void {
  const schema = { hide: true };
  let asking: Promise<unknown> | undefined;
  app.decorate("isEnding", false);
  // A connection that is busy when the server closes would be kept open for its next request, and the server with it.
  app.addHook("onSend", async (request, reply) => {
    // HTTP/2 has a frame for it, which the server sends by itself.
    if (app.isEnding && request.raw.httpVersionMajor === 1) reply.header("connection", "close");
  });
  app.get("/healthz", { schema }, async () => ({ ok: true }));
  app.get("/readyz", { schema }, async () => {
    if (app.isEnding) throw new Refusal("unavailable", "http.ending", "this replica is about to end");
    const late = new Promise<never>((_, reject) => {
      setTimeout(() => reject(notReady()), withinMs).unref();
    });
    // Nobody's limit counts here: however many ask at once, the database is asked once.
    asking ??= sql`select 1`.execute(app.berth.db).finally(() => {
      asking = undefined;
    });
    await Promise.race([asking, late]);
    return { ok: true };
  });
}

function notReady(): Refusal {
  return new Refusal("unavailable", "http.not_ready", `the database did not answer within ${withinMs} ms`);
}

import assert from "node:assert/strict";
import { test } from "node:test";
import Fastify, { type FastifyInstance } from "fastify";
import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from "kysely";
import { healthRoutes } from "./health.ts";

test("the database is asked once whether it is there, however many ask at once", async () => {
  let asked = 0;
  const answered = Promise.withResolvers<void>();
  class Counting extends DummyDriver {
    override async acquireConnection() {
      asked++;
      await answered.promise;
      return super.acquireConnection();
    }
  }
  const db = new Kysely<never>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new Counting(),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  });
  const app = Fastify() as unknown as FastifyInstance;
  app.decorate("berth", { db } as never);
  healthRoutes(app);
  const asking = Array.from({ length: 200 }, () => app.inject({ url: "/readyz" }));
  const first = await Promise.race(
    asking.map((reply) => reply.then(() => "answered")).concat(answered.promise.then(() => "")),
  );
  assert.equal(first, "answered", "whoever waits too long hears so");
  answered.resolve();
  await Promise.all(asking);
  assert.equal(asked, 1);
  assert.equal((await app.inject({ url: "/readyz" })).statusCode, 200);
  assert.equal(asked, 2);
  await app.close();
});

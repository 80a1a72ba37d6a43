import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Permission, permissions, route } from "@berth/api";
import { z } from "zod";
import { type TestControl, testControl } from "../support/control.ts";
import { runMatrix, type Send } from "./matrix.ts";
import { plantedApp } from "./planted.ts";
import { declaredRoutes, nameOf } from "./routes.ts";
import { makeWorld, type World } from "./world.ts";

let control: TestControl;
let world: World;

before(async () => {
  control = await testControl();
  world = await makeWorld(control);
});
after(() => control.close());

/** From another address each time: how often one may ask has tests of its own. */
function sendBy(fetchFrom: (address: string) => typeof fetch): Send {
  let count = 0;
  return async ({ method, path, body, token }) => {
    count++;
    const address = `198.${18 + (count >> 16)}.${(count >> 8) & 255}.${count & 255}`;
    const headers = {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    };
    const reply = await fetchFrom(address)(`http://test${path}`, { method, body, headers });
    return { status: reply.status, body: await reply.text() };
  };
}

describe("permission and tenancy", () => {
  test("hold for every route, caller and object", async (t) => {
    const { cells, expected, granted, violations } = await runMatrix(declaredRoutes, world, sendBy(control.sendFrom));
    t.diagnostic(`${cells} cells: ${declaredRoutes.length} routes × ${world.callers.length} callers × their objects`);
    for (const [what, count] of expected) t.diagnostic(`${count} × ${what}`);
    t.diagnostic(`${granted} of those let in got what they asked for`);
    assert.deepEqual(violations, []);
    assert.ok(granted > 200, "hardly anything was granted, so little was shown");
    assert.ok(declaredRoutes.length > 90 && cells > 1_000, "it saw too little");
  });

  test("are asked of all that is served: nothing is served that is not declared, and the other way round", async () => {
    const reply = await control.send("http://test/api/openapi.json");
    const { paths } = (await reply.json()) as { paths: Record<string, Record<string, object>> };
    const served = Object.entries(paths)
      .filter(([path]) => path.startsWith("/api/v1/"))
      .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.slice(7)}`));
    const declared = declaredRoutes.map((one) => nameOf(one).replaceAll(/:([A-Za-z]+)/g, "{$1}"));
    assert.deepEqual(served.sort(), declared.sort());
    assert.equal(new Set(declared).size, declared.length);
  });

  test("ask for every permission of the closed list somewhere, and for none beside it", () => {
    const asked = new Set(declaredRoutes.map(({ permission }) => permission));
    const known = new Set<string>([...permissions, "public"]);
    assert.deepEqual(
      [...asked].filter((permission) => !known.has(permission)),
      [],
    );
  });
});

describe("a mistake", () => {
  test("of a route that declares no permission, or one that nobody knows, does not compile", () => {
    const declared = {
      method: "GET",
      path: "/planted",
      summary: "",
      input: z.object({}),
      reply: z.object({}),
    } as const;
    // @ts-expect-error a route without a permission
    route(declared);
    // @ts-expect-error a permission that is none
    route({ ...declared, permission: "planted.read" });
    const fine: Permission = "leases.read";
    assert.equal(route({ ...declared, permission: fine }).permission, fine);
  });

  test("of a query without its tenant, or a handler past the gate, is found", async () => {
    const { app, routes } = await plantedApp(control.ctx);
    const { violations } = await runMatrix(routes, world, async ({ method, path, body, token }) => {
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const reply = await app.inject({
        method: method as "GET",
        url: path,
        headers: body === undefined ? headers : { ...headers, "content-type": "application/json" },
        payload: body,
      });
      return { status: reply.statusCode, body: reply.body };
    });
    await app.close();
    const found = violations.join("\n");
    assert.match(found, /^GET \/planted\/leases\/:leaseId by customer, foreign: /m);
    assert.match(found, /^GET \/planted\/leases\/:leaseId by a customer's key, foreign: /m);
    assert.match(found, /^GET \/planted\/leases by customer, none: answers with a stranger's leaseId/m);
    assert.match(found, /^POST \/planted\/open by customer, none: 200 {2}instead of 403 accounts.not_permitted/m);
    assert.match(found, /^POST \/planted\/open by anonymous, none: 200 {2}instead of 401/m);
    assert.doesNotMatch(found, /by super_admin, foreign/);
  });
});

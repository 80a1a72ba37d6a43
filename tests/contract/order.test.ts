import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import { connect, createServer as createHttp2 } from "node:http2";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { accounts, rolePermissions } from "@berth/api";
import type { FastifyInstance } from "fastify";
import { appOver } from "../support/app.ts";
import { type Person, type TestControl, testControl } from "../support/control.ts";
import { nextTestPort } from "../support/ports.ts";
import { addressOf, type Operation, operationsOf } from "./operations.ts";
import { nameOf } from "./routes.ts";

let control: TestControl;
let customer: Person;
let operations: readonly Operation[];
let app: FastifyInstance;
const port = nextTestPort();

before(async () => {
  control = await testControl();
  customer = await control.as("customer");
  operations = (await operationsOf(control)).filter(({ route }) => route.permission !== "public");
  app = await appOver(control.ctx);
  await app.listen({ host: "127.0.0.1", port });
});
after(async () => {
  await app.close();
  await control.close();
});

interface Sent {
  readonly query?: string;
  readonly type?: string;
  readonly body?: string;
}

/** Whatever is wrong with a request; the last one is refused for its size, whoever asks. */
const wrongs: Readonly<Record<string, Sent>> = {
  "an unknown name in the query": { query: "?nonsense=1", body: "{}" },
  "no field that is asked for": { body: "{}" },
  "no object": { body: "[]" },
  "no JSON": { body: "{" },
  "a name twice": { body: '{"a":1,"a":2}' },
  "another type": { type: "text/plain", body: "x" },
};

async function answer(operation: Operation, sent: Sent, token?: string): Promise<string> {
  const { method, names } = operation;
  const hasBody = method !== "GET" && sent.body !== undefined;
  const reply = await control.send(`${addressOf(operation, names)}${sent.query ?? ""}`, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(hasBody ? { "content-type": sent.type ?? "application/json" } : {}),
    },
    ...(hasBody ? { body: sent.body } : {}),
  });
  return `${reply.status} ${((await reply.json()) as { code: string }).code}`;
}

describe("whoever may not ask hears that, and nothing of what is wrong with their request", () => {
  for (const [what, sent] of Object.entries(wrongs)) {
    test(`with ${what}`, async () => {
      const forbidden = operations.filter(({ route }) => !rolePermissions.customer.includes(route.permission as never));
      assert.ok(operations.length > 80 && forbidden.length > 40);
      for (const operation of operations) {
        assert.equal(await answer(operation, sent), "401 accounts.sign_in", nameOf(operation.route));
      }
      for (const operation of forbidden) {
        const said = await answer(operation, sent, customer.token);
        assert.equal(said, "403 accounts.not_permitted", nameOf(operation.route));
      }
    });
  }

  test("and who may ask hears what is wrong", async () => {
    const operator = await control.as("super_admin");
    for (const operation of operations.filter(({ body }) => body)) {
      const said = await answer(operation, { body: "[]" }, operator.token);
      assert.match(said, /^400 http\./, nameOf(operation.route));
    }
  });

  test("but a body that is too large is refused before anybody is asked who they are", async () => {
    const body = JSON.stringify({ filling: "x".repeat(2 ** 21) });
    for (const operation of operations.filter(({ method }) => method === "POST").slice(0, 5)) {
      assert.equal(await answer(operation, { body }), "413 http.too_large", nameOf(operation.route));
    }
  });
});

/** Sends the head of a request and no byte of its body; what is answered. */
function askWithoutBody(headers: Record<string, string>): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const url = `http://127.0.0.1:${port}/api/v1/plans`;
  const sent = request(url, {
    method: "POST",
    agent: false,
    headers: { "content-type": "application/json", ...headers },
  });
  sent.on("response", (response) => {
    resolve(response.statusCode ?? 0);
    sent.destroy();
  });
  sent.on("error", reject);
  sent.flushHeaders();
  return promise;
}

test("nobody's body is waited for, nor much of anybody's who may not ask", async () => {
  const asCustomer = { authorization: `Bearer ${customer.token}` };
  const large = { "content-length": "100000" };
  assert.equal(await askWithoutBody({ "content-length": "10" }), 401);
  assert.equal(await askWithoutBody({ authorization: "Bearer nonsense", ...large }), 401);
  assert.equal(await askWithoutBody({ authorization: "Bearer nonsense", "transfer-encoding": "chunked" }), 401);
  assert.equal(await askWithoutBody({ ...asCustomer, ...large }), 403);
  assert.equal(await askWithoutBody({ ...asCustomer, "content-length": "2000000" }), 413);
});

test("over HTTP/2 neither, where a body comes without its length", async (t) => {
  const server = createHttp2((request, response) => app.routing(request as never, response as never));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  t.after(() => {
    session.destroy();
    server.close();
  });
  const headers = { ":method": "POST", ":path": "/api/v1/plans", "content-type": "application/json" };
  for (const [token, expected] of [
    ["nonsense", 401],
    [customer.token, 403],
  ] as const) {
    const stream = session.request({ ...headers, authorization: `Bearer ${token}` });
    stream.write('{"name":');
    const [answered] = await once(stream, "response");
    assert.equal(answered[":status"], expected);
    stream.destroy();
  }
});

test("what anybody may send is small", async () => {
  const body = (size: number) => JSON.stringify({ email: "a@example.com", password: "x".repeat(size) });
  const headers = { "content-type": "application/json" };
  const post = async (size: number) =>
    (await control.send("http://test/api/v1/sessions", { method: "POST", headers, body: body(size) })).status;
  assert.deepEqual([await post(10), await post(15_000), await post(17_000)], [401, 400, 413]);
});

test("what somebody sends counts once for them, be it large", async () => {
  const person = await control.as("super_admin");
  const body = JSON.stringify({ name: "x".repeat(20_000) });
  const headers = { authorization: `Bearer ${person.token}`, "content-type": "application/json" };
  const send = () => control.sendFrom("192.0.2.44")("http://test/api/v1/plans", { method: "POST", headers, body });
  const left = async () =>
    Number(/"ordinary-account";r=(\d+)/.exec((await send()).headers.get("ratelimit") ?? "")?.[1]);
  const before = await left();
  assert.equal(await left(), before - 1);
});

test("a request whose body comes slowly is not done for a session that ended meanwhile", async () => {
  const person = await control.as("customer");
  const body = JSON.stringify({ name: "Key", scopes: ["leases.read"], days: 30 });
  const begin = () => {
    const { promise, resolve } = Promise.withResolvers<number>();
    const sent = request(`http://127.0.0.1:${port}/api/v1/me/keys`, {
      method: "POST",
      agent: false,
      headers: {
        authorization: `Bearer ${person.token}`,
        "content-type": "application/json",
        "content-length": Buffer.byteLength(body),
      },
    });
    sent.on("response", (response) => resolve(response.resume().statusCode ?? 0));
    sent.write(body.slice(0, 10));
    return { status: promise, finish: () => void sent.end(body.slice(10)) };
  };
  const quick = begin();
  quick.finish();
  assert.notEqual(await quick.status, 401, "the control: as long as the session lasts it is let in");
  const slow = begin();
  await person(accounts.signOut, {});
  slow.finish();
  assert.equal(await slow.status, 401);
});

import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import { test } from "node:test";
import { Door } from "./door.ts";

const key = `nodekey:${"ab".repeat(32)}`;

interface Ask {
  readonly method?: string;
  readonly from?: string;
  readonly body?: string;
}

/** Asks as derper does: a POST without a content type. */
async function ask(url: string, { method = "POST", from = "127.0.0.1", body }: Ask = {}): Promise<string> {
  const asking = request(url, { method, localAddress: from });
  asking.end(body ?? JSON.stringify({ NodePublic: key, Source: "198.51.100.7" }));
  const [reply] = await once(asking, "response");
  let text = "";
  for await (const chunk of reply) text += chunk;
  return `${reply.statusCode} ${text}`.trim();
}

test("the door answers for the container that the path belongs to, and nobody else", async (t) => {
  const door = await Door.open("127.0.0.1", 0);
  t.after(() => door.close());
  const asked: string[] = [];
  const guard = (answer: boolean) => ({
    address: "127.0.0.1",
    admits: (key: string, source: string) => {
      asked.push(`${key} ${source}`);
      return answer;
    },
  });
  door.set("first", guard(true));
  door.set("second", guard(false));
  assert.equal(await ask(door.urlOf("first")), '200 {"Allow":true}');
  assert.equal(await ask(door.urlOf("second")), '200 {"Allow":false}');
  assert.deepEqual(asked.splice(0), [`${key} 198.51.100.7`, `${key} 198.51.100.7`]);

  for (const url of [door.urlOf("third"), door.urlOf(""), `${door.urlOf("first")}/`, `${door.urlOf("first")}?a=1`]) {
    assert.equal(await ask(url), "404", url);
  }
  assert.equal(await ask(door.urlOf("first"), { from: "127.0.0.2" }), "404");
  assert.equal(await ask(door.urlOf("first"), { method: "GET", body: "" }), "404");
  for (const body of ["", "{}", "[]", '{"NodePublic":1}', `{"NodePublic":"${"a".repeat(5_000)}"}`]) {
    assert.equal(await ask(door.urlOf("first"), { body }), "404", body.slice(0, 50));
  }
  door.delete("first");
  assert.equal(await ask(door.urlOf("first")), "404");
  assert.deepEqual(asked, []);
});

test("a port that is taken is no obstacle", async (t) => {
  const first = await Door.open("127.0.0.1", 0);
  const second = await Door.open("127.0.0.1", first.port);
  t.after(() => Promise.all([first.close(), second.close()]));
  assert.notEqual(second.port, first.port);
});

import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { serveRedirect } from "./redirect-server.ts";

const token = "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA";
const asked: string[] = [];
let server: Awaited<ReturnType<typeof serveRedirect>>;

before(async () => {
  server = await serveRedirect({
    host: "127.0.0.1",
    port: 0,
    names: ["berth.example", "203.0.113.7", "2001:db8::7"],
    securePort: 8443,
    answerTo: async (one) => {
      asked.push(one);
      if (one.startsWith("broken")) throw new Error("no database");
      return one === token ? `${token}.thumb` : undefined;
    },
  });
});
after(() => server.close());

async function ask(path: string, { host = "berth.example", method = "GET" } = {}) {
  const sent = request({ host: "127.0.0.1", port: server.port, path, method, headers: { host } });
  sent.end();
  const [response] = await once(sent, "response");
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

test("clear text is sent on to TLS, at a name of ours whatever it asked for", async () => {
  for (const [host, location] of [
    ["berth.example", "https://berth.example:8443/a?b=c"],
    ["BERTH.example:80", "https://berth.example:8443/a?b=c"],
    ["203.0.113.7", "https://203.0.113.7:8443/a?b=c"],
    ["[2001:db8::7]:80", "https://[2001:db8::7]:8443/a?b=c"],
    ["evil.example", "https://berth.example:8443/a?b=c"],
    ["", "https://berth.example:8443/a?b=c"],
  ] as const) {
    const { status, headers, body } = await ask("/a?b=c", { host });
    assert.deepEqual([status, headers.location, body], [308, location, ""], host);
    assert.equal(headers.connection, "close");
  }
});

test("it answers what an authority asks, and nothing else", async () => {
  const path = `/.well-known/acme-challenge/${token}`;
  const { status, body, headers } = await ask(path);
  assert.deepEqual([status, body, headers["content-type"]], [200, `${token}.thumb`, "application/octet-stream"]);
  assert.equal((await ask(path.replace("evaGx", "other"))).status, 404);
  assert.equal((await ask("/.well-known/acme-challenge/broken-broken-broken")).status, 503);
  asked.length = 0;
  for (const odd of ["short", "../../etc/passwd-long-enough", `${token}/x`, `${token}?x`, "a".repeat(129)]) {
    assert.equal((await ask(`/.well-known/acme-challenge/${odd}`)).status, 308, odd);
  }
  assert.deepEqual(asked, [], "what can't be a token is not looked up");
});

test("nothing else is taken in clear text: no body, no other method, no whole address", async () => {
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) assert.equal((await ask("/", { method })).status, 405);
  const socket = connect(server.port, "127.0.0.1");
  socket.end("GET http://evil.example/ HTTP/1.1\r\nhost: evil.example\r\n\r\n");
  assert.match(await text(socket), /^HTTP\/1\.1 405 /);
});

import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { connect as connectHttp2, constants } from "node:http2";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { connect as connectTls } from "node:tls";
import { makeCertificate } from "../../../tests/support/certificates.ts";
import { readCertificate } from "./certificate.ts";
import { type Answerer, type SecureServer, serveSecurely } from "./secure-server.ts";
import { Shelf } from "./shelf.ts";

let server: SecureServer;
const heard: Record<string, unknown>[] = [];

const app: Answerer = {
  server: new EventEmitter() as Answerer["server"],
  routing(request, response) {
    heard.push({ ...request.headers });
    request.resume();
    request.on("error", () => {});
    request.on("end", () => response.end("done"));
  },
};

before(async () => {
  const { certificate, key } = await makeCertificate(["localhost"]);
  const rules = { hasTls12: false };
  const shelf = new Shelf(["localhost"], { now: () => new Date(), rules });
  shelf.put("files", [readCertificate(certificate, key)]);
  const patience = { handshakeMs: 100, requestMs: 200 };
  server = await serveSecurely(app, { host: "127.0.0.1", port: 0, shelf, rules, patience });
});
after(() => server.close());

const session = () => connectHttp2(`https://localhost:${server.port}`, { rejectUnauthorized: false });

test("who does not begin TLS, or begins it and stays silent, is cut off", { timeout: 10_000 }, async () => {
  const silent = connect(server.port, "127.0.0.1");
  silent.resume();
  await once(silent, "close");
  const clear = connect(server.port, "127.0.0.1");
  clear.resume();
  clear.write("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n");
  await once(clear, "close");
  assert.deepEqual(heard, []);
});

test("a request over HTTP/2 whose body never ends is cut off, and one that ends is answered", {
  timeout: 10_000,
}, async () => {
  const client = session();
  const slow = client.request({ ":method": "POST", ":path": "/" });
  slow.on("error", () => {});
  slow.write("the beginning");
  await once(slow, "close");
  assert.equal(slow.rstCode, constants.NGHTTP2_CANCEL);
  const whole = client.request({ ":method": "POST", ":path": "/" });
  whole.end("all of it");
  const [headers] = await once(whole, "response");
  assert.equal(headers[":status"], 200);
  whole.resume();
  await once(whole, "close");
  client.close();
});

test("whoever answers sees the headers of HTTP/1.1, whatever was spoken", async () => {
  heard.length = 0;
  const client = session();
  const stream = client.request({ ":path": "/", cookie: "a=1" });
  stream.resume();
  await once(stream, "close");
  client.close();
  assert.deepEqual(heard, [{ cookie: "a=1", host: `localhost:${server.port}` }]);
});

test("what is in flight when the server ends is answered; nobody new is let in", { timeout: 10_000 }, async () => {
  const { certificate, key } = await makeCertificate(["localhost"]);
  const rules = { hasTls12: false };
  const shelf = new Shelf(["localhost"], { now: () => new Date(), rules });
  shelf.put("files", [readCertificate(certificate, key)]);
  const ending = await serveSecurely(app, { host: "127.0.0.1", port: 0, shelf, rules });
  const client = connectHttp2(`https://localhost:${ending.port}`, { rejectUnauthorized: false });
  const stream = client.request({ ":method": "POST", ":path": "/" });
  stream.write("begun");
  await once(client, "remoteSettings");
  await new Promise(setImmediate);
  const closed = ending.close();
  await once(client, "goaway");
  stream.end();
  const [headers] = await once(stream, "response");
  assert.equal(headers[":status"], 200);
  stream.resume();
  await closed;
  const late = connectTls({ host: "127.0.0.1", port: ending.port, rejectUnauthorized: false });
  await assert.rejects(once(late, "secureConnect"), /ECONNREFUSED/);
});

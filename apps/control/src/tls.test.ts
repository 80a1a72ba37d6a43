import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent } from "node:https";
import { after, before, test } from "node:test";
import { connect } from "node:tls";
import { WebSocket } from "ws";
import { type Made, makeCertificate, putFiles } from "../../../tests/support/certificates.ts";
import { askHttp1, askHttp2, type SecureSite, secureSite, shake } from "../../../tests/support/secure-control.ts";
import type { Control } from "./start.ts";

let site: SecureSite;
let control: Control;
let port: number;
let berth: Made;
let files: { chain: string; key: string };

before(async () => {
  site = await secureSite();
  berth = await makeCertificate(["localhost", "berth.example"]);
  files = await putFiles(site.folder, "berth", berth);
  const other = await putFiles(site.folder, "other", await makeCertificate(["other.example"], { isRsa: true }));
  control = await site.start({
    BERTH_PUBLIC_URL: "https://localhost",
    BERTH_TLS_NAMES: "berth.example,other.example",
    BERTH_TLS_CERTIFICATE_FILES: `${files.chain},${other.chain}`,
    BERTH_TLS_KEY_FILES: `${files.key},${other.key}`,
    BERTH_TLS_REDIRECT_PORT: "0",
  });
  port = control.securePort as number;
});
after(() => site.close());

const signIn = JSON.stringify({ email: "operator@example.com", password: "a password for tests" });

test("it speaks HTTP/2, and HTTP/1.1 with who knows nothing else, and holds browsers to TLS", async () => {
  const over1 = await askHttp1(port, { path: "/healthz" });
  const over2 = await askHttp2(port, { ":path": "/healthz" });
  for (const { status, headers, body } of [over1, over2]) {
    assert.deepEqual([status, body], [200, '{"ok":true}']);
    assert.equal(headers["strict-transport-security"], "max-age=63072000; includeSubDomains");
  }
  assert.equal((await shake(port, { ALPNProtocols: ["h2", "http/1.1"] })).alpn, "h2");
  assert.equal((await shake(port, { ALPNProtocols: ["http/1.1"] })).alpn, "http/1.1");
});

test("somebody signs in over HTTP/2 as a browser does, and another site can't in their name", async () => {
  const headers = { ":method": "POST", ":path": "/api/v1/sessions", "content-type": "application/json" };
  const own = { ...headers, origin: `https://localhost:${port}`, cookie: "a=b" };
  const signedIn = await askHttp2(port, own, signIn);
  assert.equal(signedIn.status, 200, signedIn.body);
  const cookie = String(signedIn.headers["set-cookie"]);
  assert.match(cookie, /^__Host-.*Secure/);
  const me = await askHttp2(port, { ":path": "/api/v1/me", cookie: cookie.split(";")[0] as string });
  assert.equal(JSON.parse(me.body).email, "operator@example.com");
  const forged = await askHttp2(port, { ...own, origin: "https://evil.example" }, signIn);
  assert.deepEqual([forged.status, JSON.parse(forged.body).code], [403, "http.cross_site"]);
});

test("each host has its own certificate; who asks for none gets the public URL's", async () => {
  const namesFor = async (servername: string) => (await shake(port, { servername })).certificate.subjectaltname;
  assert.match((await namesFor("other.example")) ?? "", /DNS:other\.example/);
  assert.match((await namesFor("BERTH.example")) ?? "", /DNS:berth\.example/);
  assert.match((await namesFor("unknown.example")) ?? "", /DNS:localhost/);
  assert.match((await namesFor("")) ?? "", /DNS:localhost/);
});

test("a client that was there shakes hands in short, also after control has looked for other certificates", async () => {
  for (const servername of ["", "berth.example"]) {
    const options = { host: "127.0.0.1", port, servername, rejectUnauthorized: false, ALPNProtocols: ["http/1.1"] };
    const first = connect(options);
    const [session] = await once(first, "session");
    first.destroy();
    await control.reloadCertificates?.();
    const second = connect({ ...options, session });
    await once(second, "secureConnect");
    assert.equal(second.isSessionReused(), true, servername);
    second.destroy();
  }
});

test("TLS 1.3 only, with a key exchange that outlasts who reads along today", async () => {
  const { protocol } = await shake(port);
  assert.equal(protocol, "TLSv1.3");
  const hybrid = await shake(port, { ecdhCurve: "X25519MLKEM768" });
  assert.equal(hybrid.protocol, "TLSv1.3");
  for (const maxVersion of ["TLSv1.2", "TLSv1.1"] as const) {
    const old = { maxVersion, minVersion: "TLSv1" as const, ciphers: "DEFAULT:@SECLEVEL=0" };
    await assert.rejects(shake(port, old), /alert protocol version|unsupported protocol/, maxVersion);
  }
});

test("TLS 1.2 by choice, and then only what agrees on keys afresh and authenticates", async () => {
  const { chain, key } = await putFiles(site.folder, "rsa", await makeCertificate(["localhost"], { isRsa: true }));
  const lenient = await site.start({
    BERTH_PUBLIC_URL: "https://localhost",
    BERTH_TLS_CERTIFICATE_FILES: chain,
    BERTH_TLS_KEY_FILES: key,
    BERTH_TLS_MIN_VERSION: "1.2",
  });
  const over12 = (ciphers: string) => shake(lenient.securePort as number, { maxVersion: "TLSv1.2", ciphers });
  for (const cipher of ["ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-RSA-CHACHA20-POLY1305"]) {
    assert.deepEqual((await over12(cipher)).cipher, cipher);
  }
  const refused = [
    "ECDHE-RSA-AES128-SHA256",
    "ECDHE-RSA-AES256-SHA",
    "AES128-GCM-SHA256",
    "AES256-SHA",
    "DHE-RSA-AES128-GCM-SHA256",
  ];
  for (const cipher of refused) await assert.rejects(over12(cipher), /handshake failure/, cipher);
  assert.equal((await shake(lenient.securePort as number)).protocol, "TLSv1.3", "who can gets 1.3");
  const old = { maxVersion: "TLSv1.1", minVersion: "TLSv1", ciphers: "DEFAULT:@SECLEVEL=0" } as const;
  await assert.rejects(shake(lenient.securePort as number, old), /alert protocol version|unsupported protocol/);
  await lenient.close();
});

test("another certificate drops nobody: what is open goes on, and the next handshake sees it", async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const local = new Set<number | undefined>();
  const ask = async () => {
    const { status } = await askHttp1(port, { path: "/healthz", agent });
    local.add(Object.values(agent.freeSockets)[0]?.[0]?.localPort);
    return status;
  };
  const socket = new WebSocket(`wss://localhost:${port}/api/v1/live`, { rejectUnauthorized: false });
  await once(socket, "open");
  assert.equal(await ask(), 200);
  const { fingerprint256 } = (await shake(port)).certificate;

  const next = await makeCertificate(["localhost", "berth.example"]);
  await putFiles(site.folder, "berth", { ...next, key: "broken" });
  await control.reloadCertificates?.();
  assert.equal((await shake(port)).certificate.fingerprint256, fingerprint256, "a broken file changes nothing");
  await putFiles(site.folder, "berth", next);
  await control.reloadCertificates?.();
  for (const servername of ["", "berth.example"]) {
    assert.notEqual((await shake(port, { servername })).certificate.fingerprint256, fingerprint256, servername);
  }
  assert.equal(await ask(), 200);
  assert.equal(local.size, 1, "on the same connection");
  const heard = once(socket, "message");
  socket.send(JSON.stringify({ type: "hello", token: "nobody's" }));
  const [[message]] = await Promise.all([Promise.race([heard, once(socket, "close")])]);
  assert.ok(message, "the socket is still spoken to");
  socket.close();
  agent.destroy();
});

test("a name without a file of its own is served with a self-signed one, if that is allowed, and files go first", async () => {
  const mixed = await site.start({
    BERTH_PUBLIC_URL: "https://berth.example",
    BERTH_TLS_NAMES: "alone.example,127.0.0.1",
    BERTH_TLS_CERTIFICATE_FILES: files.chain,
    BERTH_TLS_KEY_FILES: files.key,
    BERTH_TLS_SELF_SIGNED: "1",
  });
  const issuerOf = async (servername: string) => {
    const { certificate } = await shake(mixed.securePort as number, { servername });
    return `${certificate.issuer.CN} for ${certificate.subjectaltname}`;
  };
  assert.equal(await issuerOf("berth.example"), "localhost for DNS:localhost, DNS:berth.example");
  assert.equal(await issuerOf("alone.example"), "Berth self-signed for DNS:alone.example");
  assert.equal(
    await issuerOf(""),
    "Berth self-signed for IP Address:127.0.0.1",
    "who asks for none asks for an address",
  );
  await mixed.close();
});

test("clear text is sent on to TLS, and what can't be read is answered there too", async () => {
  const reply = await fetch(`http://127.0.0.1:${control.redirectPort}/sign-in`, { redirect: "manual" });
  assert.deepEqual([reply.status, reply.headers.get("location")], [308, `https://localhost:${port}/sign-in`]);
  const { status, body } = await askHttp1(port, { path: "/healthz", headers: { "x-long": "x".repeat(20_000) } });
  assert.deepEqual([status, JSON.parse(body).code], [431, "http.unreadable"]);
});

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createSocket } from "node:dgram";
import { Resolver } from "node:dns/promises";
import { once } from "node:events";
import { createServer, get, type RequestListener } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { test } from "node:test";
import { promisify } from "node:util";
import { Refusal } from "@berth/kit";
import { issueServer, makeAuthority } from "@berth/link";
import { type OutgoingPolicy, sendOut } from "./outgoing.ts";
import { isPublicAddress } from "./outgoing-addresses.ts";

type Cleaner = { after(clean: () => unknown): void };

/** A server on this machine, which no request may reach unless a test lets it. */
async function serverHere(t: Cleaner, answer: RequestListener = (_, reply) => reply.end("inside")) {
  let requests = 0;
  const server = createServer((request, reply) => {
    requests += 1;
    answer(request, reply);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { port, url: `http://127.0.0.1:${port}`, requests: () => requests };
}

const plain = (port: number): OutgoingPolicy => ({ protocols: ["http:"], ports: [port] });
const open = (port: number): OutgoingPolicy => ({ ...plain(port), isAllowed: () => true });
const codeOf = (error: unknown) => (error instanceof Refusal ? error.code : String(error));
const outcome = (call: Promise<{ status: number }>) => call.then(({ status }) => String(status), codeOf);

test("public addresses are told from all others, in every family and in every disguise", () => {
  const yes = [
    "1.1.1.1",
    "8.8.8.8",
    "172.15.0.1",
    "172.32.0.1",
    "100.63.255.255",
    "100.128.0.1",
    "192.0.3.1",
    "223.255.255.255",
  ];
  const no = [
    ...[
      "0.0.0.0",
      "0.1.2.3",
      "10.0.0.1",
      "100.64.0.1",
      "100.100.100.200",
      "100.127.255.255",
      "127.0.0.1",
      "127.255.255.254",
    ],
    ...["168.63.129.16", "169.254.169.254", "169.254.0.1", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1"],
    ...["192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.9", "224.0.0.1"],
    ...["239.255.255.250", "240.0.0.1", "255.255.255.255"],
    ...["::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:8.8.8.8", "::ffff:0:127.0.0.1"],
    ...[
      "64:ff9b::7f00:1",
      "64:ff9b::10.0.0.1",
      "64:ff9b:1::1",
      "100::1",
      "2001::1",
      "2001:0:4136:e378::1",
      "2001:10::1",
    ],
    ...[
      "2001:20::1",
      "2001:2::1",
      "2001:db8::1",
      "2002:7f00:1::",
      "2002:a9fe:a9fe::1",
      "3fff::1",
      "4000::1",
      "5f00::1",
    ],
    ...["fc00::1", "fd00:ec2::254", "fd20:ce::254", "fe80::1", "fe80::1%eth0", "2606:4700::1%1", "fec0::1", "ff02::1"],
    ...["", "localhost", "1.1.1", "8.8.8.8.", "0x7f.1", "2130706433"],
  ];
  for (const address of [...yes, "2606:4700:4700::1111", "2a00:1450:4001::1", "2001:4860:4860::8888"])
    assert.ok(isPublicAddress(address), address);
  for (const address of no) assert.ok(!isPublicAddress(address), address);
});

test("no way to write this machine's address gets through, and every one does when nothing is checked", async (t) => {
  const here = await serverHere(t);
  const ways = ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0x7f.1", "127.0.0.1.", "localhost"];
  const more = ["0.0.0.0", "0", "%31%32%37.0.0.1", "①②⑦.0.0.1", "LOCALHOST", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]"];
  for (const host of [...ways, ...more]) {
    const url = `http://${host}:${here.port}/`;
    assert.equal(await outcome(sendOut({ url }, plain(here.port))), "outgoing.refused", host);
    assert.equal(here.requests(), 0, host);
  }
  for (const host of ["127.0.0.1", "2130706433", "0177.0.0.1", "0x7f.1", "localhost", "[::ffff:127.0.0.1]"]) {
    assert.equal(await outcome(sendOut({ url: `http://${host}:${here.port}/` }, open(here.port))), "200", host);
  }
});

test("only https, the usual ports, and no credentials, unless told otherwise", async () => {
  const urls = [
    "http://1.1.1.1/",
    "https://1.1.1.1:22/",
    "https://1.1.1.1:80/",
    "https://me:secret@1.1.1.1/",
    "ftp://1.1.1.1/",
  ];
  for (const url of [
    ...urls,
    "file:///etc/passwd",
    "gopher://1.1.1.1/",
    "unix:/run/docker.sock",
    "https://",
    "",
    "//x",
    "https://[fe80::1%25eth0]/",
  ])
    assert.equal(await outcome(sendOut({ url })), "outgoing.refused", url);
});

test("one inward address among a name's addresses spoils the name", async (t) => {
  const here = await serverHere(t);
  const mixed = async () => [
    { address: "8.8.8.8", family: 4 },
    { address: "127.0.0.1", family: 4 },
  ];
  const url = `http://mixed.example:${here.port}/`;
  assert.equal(await outcome(sendOut({ url }, { ...plain(here.port), resolve: mixed })), "outgoing.refused");
  assert.equal(here.requests(), 0);
});

/** A name server whose first answer is one address and whose later ones are another. */
async function changingNames(t: Cleaner, first: string, later: string) {
  let asked = 0;
  const socket = createSocket("udp4");
  socket.on("message", (question, from) => {
    const address = asked++ === 0 ? first : later;
    const answer = Buffer.from([0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...address.split(".").map(Number)]);
    const end = question.indexOf(0, 12) + 5;
    const reply = Buffer.concat([question.subarray(0, end), answer]);
    reply.writeUInt16BE(0x8180, 2);
    reply.writeUInt16BE(1, 6);
    reply.writeUInt32BE(0, 8);
    socket.send(reply, from.port, from.address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  t.after(() => socket.close());
  const resolver = new Resolver();
  resolver.setServers([`127.0.0.1:${socket.address().port}`]);
  const resolve = async (host: string) => (await resolver.resolve4(host)).map((address) => ({ address, family: 4 }));
  return { resolve, asked: () => asked };
}

test("a name that leads inwards at the second look-up is looked up once", async (t) => {
  const here = await serverHere(t);
  const url = `http://rebind.example:${here.port}/`;
  const names = await changingNames(t, "8.8.8.8", "127.0.0.1");
  const reached = sendOut({ url, timeoutMs: 700 }, { ...plain(here.port), resolve: names.resolve });
  assert.equal(await outcome(reached), "outgoing.unreachable");
  assert.deepEqual([names.asked(), here.requests()], [1, 0]);

  // The trap is real: whoever checks first and looks up again to connect gets in.
  const trap = await changingNames(t, "8.8.8.8", "127.0.0.1");
  assert.ok((await trap.resolve("rebind.example")).every(({ address }) => isPublicAddress(address)));
  const request = get(url, {
    lookup: (host, _, callback) => void trap.resolve(host).then((found) => callback(null, found)),
  });
  const [response] = await once(request, "response");
  assert.equal(response.statusCode, 200);
  response.resume();
  assert.equal(here.requests(), 1);
});

test("what a name resolved to is what is dialled", async (t) => {
  const here = await serverHere(t, (request, reply) => reply.end(request.headers.host));
  const resolve = async () => [{ address: "127.0.0.1", family: 4 }];
  const reply = await sendOut({ url: `http://name.example:${here.port}/` }, { ...open(here.port), resolve });
  assert.equal(reply.body.toString(), `name.example:${here.port}`);
});

test("redirects are followed on the same origin three times, and nowhere else", async (t) => {
  const here = await serverHere(t, (request, reply) => {
    const to = new URL(String(request.url), "http://x").searchParams;
    if (to.has("to")) reply.writeHead(302, { location: String(to.get("to")) }).end();
    else if (to.has("left"))
      reply
        .writeHead(302, { location: `/?${Number(to.get("left")) > 1 ? `left=${Number(to.get("left")) - 1}` : ""}` })
        .end();
    else reply.end("there");
  });
  const go = (path: string) => outcome(sendOut({ url: `${here.url}${path}` }, open(here.port)));
  assert.equal(await go("/?left=3"), "200");
  assert.equal(await go("/?left=4"), "outgoing.redirects");
  for (const to of [
    "http://127.0.0.1:1/",
    "http://169.254.169.254/",
    `http://localhost:${here.port}/`,
    "https://127.0.0.1/",
    "//x/",
    "http://",
  ])
    assert.equal(await go(`/?to=${encodeURIComponent(to)}`), "outgoing.redirects", to);
});

test("a redirect repeats the body only when it says so", async (t) => {
  const here = await serverHere(t, (request, reply) => {
    if (request.url !== "/end") return void reply.writeHead(Number(request.url?.slice(1)), { location: "/end" }).end();
    request
      .setEncoding("utf8")
      .toArray()
      .then((parts) => reply.end(`${request.method} ${parts.join("")}`));
  });
  const post = async (status: number) => {
    const request = { url: `${here.url}/${status}`, method: "POST", body: "text" } as const;
    return (await sendOut(request, open(here.port))).body.toString();
  };
  assert.deepEqual(
    [await post(307), await post(308), await post(302), await post(303)],
    ["POST text", "POST text", "GET ", "GET "],
  );
});

test("a reply is bounded in size and time, from the first look-up to the last byte", async (t) => {
  const here = await serverHere(t, (request, reply) => {
    if (request.url === "/endless") return void setInterval(() => reply.write("x"), 20).unref();
    if (request.url === "/large") reply.end(Buffer.alloc(2_001));
    if (request.url === "/fits") reply.end(Buffer.alloc(2_000));
  });
  const go = (path: string) =>
    outcome(sendOut({ url: `${here.url}${path}`, timeoutMs: 400, mostBytes: 2_000 }, open(here.port)));
  assert.equal(await go("/fits"), "200");
  assert.equal(await go("/large"), "outgoing.too_large");
  for (const path of ["/silent", "/endless"]) assert.equal(await go(path), "outgoing.unreachable", path);
  const never = sendOut(
    { url: `${here.url}/`.replace("127.0.0.1", "slow.example"), timeoutMs: 100 },
    {
      ...open(here.port),
      resolve: () => new Promise(() => {}),
    },
  );
  assert.equal(await outcome(never), "outgoing.unreachable");
});

test("closed ports, other protocols and unknown names all get the same answer", async (t) => {
  const garbage = createTcpServer((socket) => void socket.end("SSH-2.0-OpenSSH\r\n"));
  garbage.listen(0, "127.0.0.1");
  await once(garbage, "listening");
  t.after(() => garbage.close());
  const { port } = garbage.address() as AddressInfo;
  assert.equal(await outcome(sendOut({ url: `http://127.0.0.1:${port}/` }, open(port))), "outgoing.unreachable");
  assert.equal(await outcome(sendOut({ url: "http://127.0.0.1:1/" }, open(1))), "outgoing.unreachable");
  const unknown = sendOut({ url: "http://nobody.invalid:80/" }, open(80));
  assert.equal(await outcome(unknown), "outgoing.unreachable");
});

test("nothing of one exchange is kept for the next: no cookies, no connection", async (t) => {
  const seen: [string | undefined, number | undefined][] = [];
  const here = await serverHere(t, (request, reply) => {
    seen.push([request.headers.cookie, request.socket.remotePort]);
    reply.setHeader("set-cookie", "a=b").end();
  });
  for (let n = 0; n < 2; n++) await sendOut({ url: here.url }, open(here.port));
  assert.deepEqual(
    seen.map(([cookie]) => cookie),
    [undefined, undefined],
  );
  assert.notEqual(seen[0]?.[1], seen[1]?.[1]);
});

test("over https the certificate must be the name's, whatever address it was pinned to", async (t) => {
  const authority = await makeAuthority({ now: new Date() });
  const { certificate, privateKey } = await issueServer(authority, { names: ["name.example"], now: new Date() });
  const server = createSecureServer({ cert: certificate, key: privateKey }, (_, reply) => reply.end("secure"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const policy: OutgoingPolicy = {
    ports: [port],
    isAllowed: () => true,
    resolve: async () => [{ address: "127.0.0.1", family: 4 }],
    ca: authority.certificate,
  };
  const go = (host: string, change: OutgoingPolicy = {}) =>
    outcome(sendOut({ url: `https://${host}:${port}/` }, { ...policy, ...change }));
  assert.equal(await go("name.example"), "200");
  assert.equal(await go("other.example"), "outgoing.unreachable");
  assert.equal(await go("name.example", { ca: undefined }), "outgoing.unreachable", "nobody vouches for it");
});

test("a proxy that the environment names is not used", async (t) => {
  const [here, proxy] = [await serverHere(t), await serverHere(t)];
  const script = `import { sendOut } from ${JSON.stringify(new URL("./outgoing.ts", import.meta.url).href)};
    const reply = await sendOut({ url: "${here.url}" }, { protocols: ["http:"], ports: [${here.port}], isAllowed: () => true });
    await fetch("${here.url}").catch(() => {});
    console.log(reply.status);`;
  const env = {
    ...process.env,
    NODE_USE_ENV_PROXY: "1",
    HTTP_PROXY: proxy.url,
    http_proxy: proxy.url,
    NO_PROXY: "",
    no_proxy: "",
  };
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], { env });
  assert.equal(stdout.trim(), "200");
  assert.deepEqual([here.requests(), proxy.requests()], [1, 1], "only fetch went through the proxy");
});

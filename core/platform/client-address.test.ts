import assert from "node:assert/strict";
import { test } from "node:test";
import {
  clientAddress,
  isLoopback,
  parseNetwork,
  plainAddress,
  requireNoClearText,
  TrustedProxies,
} from "./client-address.ts";

const none = new TrustedProxies([]);
const proxies = new TrustedProxies(["10.0.0.0/8", "fd00::/8", "192.0.2.7"]);

test("a forged X-Forwarded-For counts for nothing from a peer that nobody named", () => {
  assert.equal(clientAddress("203.0.113.9", "198.51.100.1", none), "203.0.113.9");
  assert.equal(clientAddress("203.0.113.9", "198.51.100.1", proxies), "203.0.113.9");
  assert.equal(clientAddress("127.0.0.1", "198.51.100.1", proxies), "127.0.0.1");
});

test("behind named proxies it is the last address that none of them has", () => {
  const cases: [peer: string, forwarded: string | undefined, client: string][] = [
    ["10.1.1.1", "198.51.100.1", "198.51.100.1"],
    ["10.1.1.1", "6.6.6.6, 198.51.100.1", "198.51.100.1"],
    ["10.1.1.1", "6.6.6.6, 198.51.100.1, 10.2.2.2,192.0.2.7", "198.51.100.1"],
    ["::ffff:10.1.1.1", "198.51.100.1:4711", "198.51.100.1"],
    ["fd00::1", "[2001:db8::5]:443", "2001:db8::5"],
    ["fd00::1", "2001:DB8:0:0::5", "2001:db8::5"],
    ["10.1.1.1", "::ffff:198.51.100.1", "198.51.100.1"],
    ["10.1.1.1", undefined, "10.1.1.1"],
    ["10.1.1.1", "10.3.3.3", "10.3.3.3"],
  ];
  for (const [peer, forwarded, client] of cases) {
    assert.equal(clientAddress(peer, forwarded, proxies), client, `${peer} for ${forwarded}`);
  }
});

test("garbage in X-Forwarded-For ends the search at the proxy that sent it", () => {
  for (const garbage of ["", " ", ",", "unknown", "_hidden", "1.2.3.4.5", "evil'--", "1.2.3.4/8", "☃", "[::1"]) {
    assert.equal(clientAddress("10.1.1.1", garbage, proxies), "10.1.1.1", garbage);
    assert.equal(clientAddress("10.1.1.1", `6.6.6.6, ${garbage}, 10.2.2.2`, proxies), "10.2.2.2", garbage);
  }
});

test("an address is counted in one form, however it is written", () => {
  for (const [text, plain] of [
    ["::ffff:1.2.3.4", "1.2.3.4"],
    ["::FFFF:102:304", "1.2.3.4"],
    ["2001:0DB8::0001", "2001:db8::1"],
    ["fe80::1%eth0", "fe80::1"],
    ["[::1]:80", "::1"],
    ["1.2.3.4:80", "1.2.3.4"],
  ] as const) {
    assert.equal(plainAddress(text), plain);
  }
});

test("networks are read with their bounds, and nothing else is one", () => {
  assert.deepEqual(parseNetwork("::ffff:10.0.0.0/104"), { address: "10.0.0.0", prefix: 8, family: 4 });
  for (const text of ["", "10.0.0.0/33", "::/129", "10.0.0/8", "10.0.0.0/-1", "a/8", "10.0.0.0/8/8"]) {
    assert.equal(parseNetwork(text), undefined, text);
    assert.throws(() => new TrustedProxies([text]), /neither an address nor a network/);
  }
});

test("clear text is for loopback only, unless a proxy is named", () => {
  for (const host of ["127.0.0.1", "127.8.8.8", "::1", "localhost", "::ffff:127.0.0.1"]) {
    assert.ok(isLoopback(plainAddress(host) ?? host), host);
    requireNoClearText(host, none);
  }
  for (const host of ["0.0.0.0", "::", "203.0.113.9", "control.example", "127.evil.example"]) {
    assert.throws(() => requireNoClearText(host, none), /BERTH_TRUSTED_PROXIES/, host);
    requireNoClearText(host, proxies);
  }
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { readConfig } from "./config.ts";

const least = {
  BERTH_CONTROL_URL: "https://control:8443",
  BERTH_AGENT_DATA: "/data",
  BERTH_RELAY_SOCKET: "/run/relay.sock",
};

test("an agent needs to know control, its folder and its relay", () => {
  const { controlUrl, folder, relaySocket, ports, stunPort, addresses, name } = readConfig(least);
  assert.deepEqual(
    { controlUrl, folder, relaySocket },
    { controlUrl: "https://control:8443", folder: "/data", relaySocket: "/run/relay.sock" },
  );
  assert.deepEqual(
    { ports, stunPort, addresses },
    { ports: { from: 20_000, to: 29_999 }, stunPort: 3478, addresses: [] },
  );
  assert.notEqual(name, "");
  const { relayHost, dockerSocket, derperImage } = readConfig(least);
  assert.deepEqual([relayHost, dockerSocket, derperImage], ["0.0.0.0", "/var/run/docker.sock", "berth/derper"]);
});

test("a shell is off unless it is switched on", () => {
  assert.equal(readConfig(least).canShell, false);
  assert.equal(readConfig({ ...least, BERTH_NODE_SHELL: "1" }).canShell, true);
});

test("addresses are a list, ports a range", () => {
  const config = readConfig({ ...least, BERTH_NODE_ADDRESSES: "a.example, 192.0.2.1,", BERTH_NODE_PORTS: "1000-1010" });
  assert.deepEqual(config.addresses, ["a.example", "192.0.2.1"]);
  assert.deepEqual(config.ports, { from: 1_000, to: 1_010 });
});

test("a start with wrong settings names every one of them", () => {
  const wrong = { BERTH_CONTROL_URL: "http://control", BERTH_NODE_PORTS: "2000-1000", BERTH_STUN_PORT: "70000" };
  assert.throws(
    () => readConfig(wrong),
    (error: Error) => {
      const names = [...Object.keys(wrong), "BERTH_AGENT_DATA", "BERTH_RELAY_SOCKET"];
      return names.every((name) => error.message.includes(name));
    },
  );
});

import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { newKeyPair } from "@berth/derp";
import { type DriverSetup, driverConformance } from "@berth/offering/conformance";
import { DerpClient } from "@berth/relay";
import { missing, need } from "../../../../tests/require.ts";
import { derperImage } from "../../../../tests/support/derper-image.ts";
import type { DerpSpec } from "../../spec.ts";
import { toSession } from "../test-session.ts";
import { derperDriver } from "./derper-driver.ts";
import { TestEngine } from "./test-engine.ts";
import { makeTestSpec } from "./test-spec.ts";

const lacks = missing("go") ?? missing("docker");
if (lacks) test("derper keeps what every driver promises", (t) => void (need(t, "go") && need(t, "docker")));
else driverConformance("the derper driver", setUp);

async function setUp(): Promise<DriverSetup<DerpSpec>> {
  const folder = await mkdtemp(join(tmpdir(), "derper-driver-"));
  const engine = await TestEngine.start(folder);
  const image = await derperImage();
  const specs = await Promise.all([42_511, 42_512].map((port) => makeTestSpec(port)));
  const at = (place: number) => specs[place] ?? specs[0]!;

  const connect = (place: number, keys = newKeyPair()) => {
    const { spec, pin } = at(place);
    return DerpClient.connect({ host: "127.0.0.1", port: spec.port, pin, keys });
  };

  return {
    driver: derperDriver({ socketPath: engine.socketPath, image, host: "127.0.0.1", folder }),
    runsEndWith: "instance",
    spec: (place, { changed } = {}) => {
      const { devices, ...spec } = at(place).spec;
      return { ...spec, devices: changed ? devices.slice(0, 1) : devices };
    },
    enter: async (place, user) => toSession(await connect(place, at(place).devices[user])),
    knock: async (place) => {
      await connect(place).then(
        () => Promise.reject(new Error("a stranger was let in")),
        () => {},
      );
    },
    occupy: async (place) => {
      const server = createServer().listen(at(place).spec.port, "127.0.0.1");
      await once(server, "listening");
      return async () => {
        server.close();
        await once(server, "close");
      };
    },
    kill: () => engine.kill(),
    restart: () => engine.restart(),
    close: async () => {
      await engine.stop();
      await rm(folder, { recursive: true });
    },
  };
}

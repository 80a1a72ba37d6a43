import { test } from "node:test";
import { type DriverSetup, driverConformance } from "@berth/offering/conformance";
import { missing, need } from "../../../../tests/require.ts";
import { derperImage } from "../../../../tests/support/derper-image.ts";
import type { DerpSpec } from "../../spec.ts";
import { toSession } from "../test-session.ts";
import { TestWorld } from "./test-world.ts";

const lacks = missing("go") ?? missing("docker");
if (lacks) test("derper keeps what every driver promises", (t) => void (need(t, "go") && need(t, "docker")));
else driverConformance("the derper driver", setUp);

async function setUp(): Promise<DriverSetup<DerpSpec>> {
  const world = await TestWorld.start(await derperImage(), [42_511, 42_512]);
  return {
    driver: world.startDriver(),
    runsEndWith: "instance",
    spec: (place, { changed } = {}) => {
      const { devices, ...spec } = world.at(place).spec;
      return { ...spec, devices: changed ? devices.slice(0, 1) : devices };
    },
    enter: async (place, user) => toSession(await world.connect(place, world.at(place).devices[user])),
    knock: async (place) => {
      await world.connect(place).then(
        () => Promise.reject(new Error("a stranger was let in")),
        () => {},
      );
    },
    occupy: (place) => world.occupy(place),
    kill: () => world.engine.kill(),
    restart: () => world.engine.restart(),
    close: () => world.stop(),
  };
}

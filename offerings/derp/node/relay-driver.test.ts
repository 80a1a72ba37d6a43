import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newKeyPair } from "@berth/derp";
import { type DriverSetup, driverConformance } from "@berth/offering/conformance";
import { DerpClient } from "@berth/relay";
import { makeTestRoom } from "@berth/relay/test-room";
import { nextTestPort } from "../../../tests/support/ports.ts";
import type { DerpSpec } from "../spec.ts";
import { relayDriver } from "./relay-driver.ts";
import { startRelay } from "./test-relay.ts";
import { toSession } from "./test-session.ts";

driverConformance("the relay driver", async (): Promise<DriverSetup<DerpSpec>> => {
  const folder = await mkdtemp(join(tmpdir(), "derp-driver-"));
  const socketPath = join(folder, "control.sock");
  const rooms = [nextTestPort(), nextTestPort()].map((port) => makeTestRoom(port));
  let relay = await startRelay(socketPath);
  const roomAt = (place: number) => rooms[place] ?? rooms[0]!;

  const connect = (place: number, keys = newKeyPair()) => {
    const { room, pin } = roomAt(place);
    return DerpClient.connect({ host: "127.0.0.1", port: room.port, pin, keys });
  };
  const kill = async () => {
    relay.kill("SIGKILL");
    await once(relay, "exit");
  };

  return {
    driver: relayDriver({ socketPath, timeoutMs: 1_000 }),
    spec: (place, { changed } = {}) => {
      const { port, derpKey, certificate, privateKey, devices } = roomAt(place).room;
      return { version: 1, port, derpKey, certificate, privateKey, devices: changed ? devices.slice(0, 1) : devices };
    },
    enter: async (place, user) => toSession(await connect(place, roomAt(place).devices[user])),
    knock: async (place) => {
      await connect(place).then(
        () => Promise.reject(new Error("a stranger was let in")),
        () => {},
      );
    },
    occupy: async (place) => {
      const server = createServer().listen(roomAt(place).room.port, "127.0.0.1");
      await once(server, "listening");
      return async () => {
        server.close();
        await once(server, "close");
      };
    },
    kill,
    restart: async () => {
      relay = await startRelay(socketPath);
    },
    close: async () => {
      await kill();
      await rm(folder, { recursive: true });
    },
  };
});

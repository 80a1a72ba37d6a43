import { createHash } from "node:crypto";
import { formatNodeKey, formatPrivateKey, type KeyPair, newKeyPair, selfSign, toPem } from "@berth/derp";
import { DerpClient } from "./derp-client.ts";
import type { Room } from "./room.ts";

/** A room for tests, with devices d1, d2, … and everything that a client of theirs needs. */
export interface TestRoom {
  readonly room: Room;
  readonly devices: readonly KeyPair[];
  readonly pin: string;
}

export interface TestCertificate {
  readonly certificate: string;
  readonly privateKey: string;
  readonly pin: string;
}

export function makeTestCertificate(): TestCertificate {
  const { certificate, privateKey } = selfSign("127.0.0.1");
  return {
    certificate: toPem(certificate),
    privateKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    pin: createHash("sha256").update(certificate).digest("hex"),
  };
}

export function makeTestRoom(port: number, change: Partial<Room> = {}, deviceCount = 2): TestRoom {
  const devices = Array.from({ length: deviceCount }, newKeyPair);
  const { pin, ...pair } = makeTestCertificate();
  const room: Room = {
    instanceId: `instance_${port}`,
    generation: 1,
    port,
    derpKey: formatPrivateKey(newKeyPair().privateKey),
    ...pair,
    devices: devices.map(({ publicKey }, i) => ({ id: `d${i + 1}`, key: formatNodeKey(publicKey) })),
    allowance: {},
    ...change,
  };
  return { room, devices, pin };
}

/** Logs the room's nth device in, from 0. */
export function enter({ room, devices, pin }: TestRoom, n: number, change: object = {}): Promise<DerpClient> {
  const keys = devices[n] as KeyPair;
  return DerpClient.connect({ host: "127.0.0.1", port: room.port, pin, keys, ...change });
}

/** The next packets that the client gets, that many. */
export function receive(client: DerpClient, count: number): Promise<string[]> {
  const got: string[] = [];
  return new Promise((resolve, reject) => {
    const onPacket = (packet: Buffer) => {
      if (got.push(packet.toString()) < count) return;
      client.off("packet", onPacket);
      resolve(got);
    };
    client.on("packet", onPacket).once("close", () => reject(new Error("connection closed")));
  });
}

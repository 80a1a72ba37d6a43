import { formatNodeKey, parseNodeKey } from "@berth/derp";
import { Refusal } from "@berth/kit";
import type { Counter } from "./counter.ts";
import { tellGone } from "./forwarder.ts";
import { type Company, type Member, type Peer, toName } from "./member.ts";
import type { Meter } from "./meter.ts";
import type { Room } from "./room.ts";
import type { Shared } from "./shared.ts";

/** A room that was found to be usable. */
export interface Change {
  readonly room: Room;
  /** Device ids by the name of their key. */
  readonly devices: ReadonlyMap<string, string>;
}

/** Who may be in a room, and who is. How they come in is its doors' business: any number of them lead to the same company. */
export class LiveRoom implements Company {
  readonly instanceId: string;
  readonly shared: Shared;
  /** By the key's name; only keys with a connection that logged in. */
  readonly members = new Map<string, Member>();
  readonly spentText = "this relay's traffic allowance is used up or its time is over";
  #generation: number;
  #meter: Meter;
  #devices: ReadonlyMap<string, string>;

  /** Refuses a room whose devices have no proper keys. */
  constructor(room: Room, shared: Shared) {
    this.instanceId = room.instanceId;
    this.shared = shared;
    this.#generation = room.generation;
    this.#devices = readDevices(room);
    this.#meter = shared.counters.meter(room.instanceId, room.generation);
    this.#meter.allow(room.allowance);
  }

  get meter(): Meter {
    return this.#meter;
  }

  get generation(): number {
    return this.#generation;
  }

  get connections(): number {
    let count = 0;
    for (const { connections } of this.members.values()) count += connections.size;
    return count;
  }

  /** What `room` would change, refused before anything has changed. */
  prepare(room: Room): Change {
    return { room, devices: readDevices(room) };
  }

  /** Makes the room what it should be; disturbs only devices that are not in it any more. */
  change({ room, devices }: Change): void {
    this.#devices = devices;
    this.#generation = room.generation;
    this.#meter = this.shared.counters.meter(this.instanceId, room.generation);
    this.#meter.allow(room.allowance);
    for (const [name, member] of [...this.members]) {
      const deviceId = devices.get(name);
      if (deviceId === undefined) for (const connection of [...member.connections]) connection.end("device_removed");
      else member.counter = this.#counter(deviceId);
    }
    this.dismissIfSpent();
  }

  isRegistered(key: Buffer): boolean {
    return this.#devices.has(toName(key));
  }

  knock(key: Buffer, address: string): void {
    const { knocks, now } = this.shared;
    knocks.add({ instanceId: this.instanceId, key: formatNodeKey(key), address, at: now() });
  }

  /** A registered key has logged in. */
  join(connection: Peer, key: Buffer): void {
    const name = toName(key);
    let member = this.members.get(name);
    if (!member) {
      const counter = this.#counter(this.#devices.get(name) as string);
      member = { key, counter, connections: new Set(), active: connection, reached: new Set() };
      this.members.set(name, member);
    }
    member.connections.add(connection);
    member.active = connection;
    connection.member = member;
  }

  /** Harmless for a connection that never joined, or left before. */
  leave(connection: Peer): void {
    const { member } = connection;
    for (const heard of connection.heardFrom) heard.reached.delete(connection);
    connection.heardFrom.clear();
    connection.lastReceiver = undefined;
    if (!member) return;
    connection.member = undefined;
    member.connections.delete(connection);
    const [other] = [...member.connections].slice(-1);
    if (other) {
      if (member.active === connection) member.active = other;
      return;
    }
    this.members.delete(toName(member.key));
    for (const reached of member.reached) reached.heardFrom.delete(member);
    tellGone(member, this.shared.flusher);
  }

  dismissIfSpent(): void {
    if (this.#meter.isSpent(this.shared.now().getTime())) this.dismissAll();
  }

  /** Tells everybody that the allowance is used up, and closes. */
  dismissAll(): void {
    for (const connection of this.#everybody()) connection.dismiss("allowance", this.spentText);
  }

  /** Says goodbye to everybody: what waits for them is still sent. */
  farewell(): void {
    for (const connection of this.#everybody()) connection.dismiss("room_closed");
  }

  endAll(): void {
    for (const connection of this.#everybody()) connection.end("room_closed");
  }

  #everybody(): Peer[] {
    return [...this.members.values()].flatMap(({ connections }) => [...connections]);
  }

  #counter(deviceId: string): Counter {
    return this.shared.counters.get(this.instanceId, this.#generation, deviceId);
  }
}

/** A key belongs to one device; a device may have several keys, as while it changes them. */
function readDevices({ devices }: Room): ReadonlyMap<string, string> {
  const byKey = new Map<string, string>();
  for (const { id, key } of devices) {
    const bytes = parseNodeKey(key);
    if (!bytes) throw new Refusal("invalid", "relay.bad_spec", `not a node key: ${key}`);
    const name = toName(bytes);
    if (byKey.has(name)) throw new Refusal("invalid", "relay.bad_spec", `two devices with the key ${key}`);
    byKey.set(name, id);
  }
  return byKey;
}

import { metaCertificateDays } from "@berth/derp";
import { dayMs, Refusal } from "@berth/kit";
import { Door } from "./door.ts";
import { type Identity, makeIdentity } from "./identity.ts";
import type { LiveRoom } from "./live-room.ts";
import type { Doorway, Room } from "./room.ts";

/** Doorways as they should be, the present one first, each with its identity. */
export type Plan = readonly { readonly doorway: Doorway; readonly identity: Identity }[];

/**
 * The doors into one room: the present one, and former ones until their time. Whoever comes in by one of them meets those who
 * came in by another.
 */
export class Doors {
  readonly #room: LiveRoom;
  readonly #host: string;
  /** By port. */
  readonly #doors = new Map<number, Door>();
  /** Shut ones, whose last visitors are being told. */
  readonly #shut = new Set<Door>();
  /** Ports that could not be had. */
  readonly #missing = new Set<number>();
  #plan: Plan = [];

  constructor(room: LiveRoom, host: string) {
    this.#room = room;
    this.#host = host;
  }

  /** What `room` wants of its doors, refused before anything has changed. Identities are made anew only for a reason. */
  plan(room: Room): Plan {
    const doorways = [toDoorway(room), ...(room.former ?? []).map(toDoorway)];
    if (new Set(doorways.map(({ port }) => port)).size < doorways.length) {
      throw new Refusal("invalid", "relay.bad_spec", "two doors with one port");
    }
    return doorways.map((doorway) => ({ doorway, identity: this.#identityFor(doorway) }));
  }

  /** Opens what is planned and not open yet. Only the present one can fail it: those who use a former one are fewer. */
  async open(plan: Plan): Promise<void> {
    for (const [index, { doorway, identity }] of plan.entries()) {
      if (this.#doors.has(doorway.port) || this.#isOver(doorway)) continue;
      const door = new Door(this.#room, doorway, identity);
      const opened = door.listen(this.#host).then(() => this.#add(door));
      if (index === 0) await opened;
      else await opened.catch((err) => this.#noteMissing(doorway.port, err));
    }
  }

  /** Makes the open doors what is planned, and shuts those that are not in it any more. */
  settle(plan: Plan): void {
    this.#plan = plan;
    const planned = new Map(plan.map((one) => [one.doorway.port, one]));
    for (const [port, door] of [...this.#doors]) {
      const next = planned.get(port);
      if (next && !this.#isOver(next.doorway)) door.show(next.doorway, next.identity);
      else this.#shutDoor(door);
    }
  }

  /** Whether time has come for something: a door to be shut or opened, an identity to be renewed. */
  isDue(): boolean {
    return this.#plan.some(({ doorway, identity }) => {
      const isOpen = this.#doors.has(doorway.port);
      return this.#isOver(doorway) ? isOpen : !isOpen || this.#isOld(identity);
    });
  }

  async refresh(): Promise<void> {
    const plan = this.#plan.map(({ doorway }) => ({ doorway, identity: this.#identityFor(doorway) }));
    this.settle(plan);
    await this.open(plan);
  }

  /** Lets nobody in any more; resolves when everybody has left. */
  async empty(): Promise<void> {
    await Promise.all([...this.#doors.values(), ...this.#shut].map((door) => door.empty()));
  }

  /** Ends every connection; the ports are free when this resolves. */
  async close(): Promise<void> {
    this.#plan = [];
    await Promise.all([...this.#doors.values(), ...this.#shut].map((door) => door.close()));
  }

  #add(door: Door): void {
    this.#doors.set(door.port, door);
    this.#missing.delete(door.port);
  }

  /** Said once: it is tried again each second. */
  #noteMissing(port: number, err: unknown): void {
    if (this.#missing.has(port)) return;
    this.#missing.add(port);
    const { instanceId, shared } = this.#room;
    shared.log.warn({ instanceId, port, err }, "former door not opened");
  }

  #shutDoor(door: Door): void {
    this.#doors.delete(door.port);
    this.#shut.add(door);
    door.shut(() => this.#shut.delete(door));
    this.#room.shared.log.info({ instanceId: this.#room.instanceId, port: door.port }, "door shut");
  }

  #identityFor(doorway: Doorway): Identity {
    const planned = this.#plan.find((one) => one.doorway.port === doorway.port);
    if (planned && isSame(planned.doorway, doorway) && !this.#isOld(planned.identity)) return planned.identity;
    return makeIdentity(doorway, this.#room.shared.now());
  }

  #isOld({ madeAt }: Identity): boolean {
    return this.#room.shared.now().getTime() - madeAt.getTime() > (metaCertificateDays / 2) * dayMs;
  }

  #isOver({ until }: Doorway): boolean {
    return until !== undefined && until <= this.#room.shared.now();
  }
}

function toDoorway({ port, derpKey, certificate, privateKey, until }: Doorway): Doorway {
  return { port, derpKey, certificate, privateKey, until };
}

function isSame(one: Doorway, other: Doorway): boolean {
  return one.derpKey === other.derpKey && one.certificate === other.certificate && one.privateKey === other.privateKey;
}

export interface GateLimits {
  readonly perRoom: number;
  readonly perAddress: number;
  readonly total: number;
}

/**
 * Holds back connections that have not logged in: those cost memory and a TLS handshake each, and anybody can open them. The
 * limits per address leave room for many devices behind one NAT that reconnect together.
 */
const gateLimits: GateLimits = { perRoom: 256, perAddress: 64, total: 4_096 };

export class Gate {
  readonly #limits: GateLimits;
  readonly #rooms = new Map<string, number>();
  readonly #addresses = new Map<string, number>();
  #total = 0;

  constructor(limits: GateLimits = gateLimits) {
    this.#limits = limits;
  }

  /** Takes a place, to be given back by calling what is returned (once or more); nothing when there is none. */
  enter(instanceId: string, address: string): (() => void) | undefined {
    const { perRoom, perAddress, total } = this.#limits;
    const inRoom = this.#rooms.get(instanceId) ?? 0;
    const ofAddress = this.#addresses.get(address) ?? 0;
    if (inRoom >= perRoom || ofAddress >= perAddress || this.#total >= total) return undefined;
    this.#count(instanceId, address, 1);
    let isHeld = true;
    return () => {
      if (isHeld) this.#count(instanceId, address, -1);
      isHeld = false;
    };
  }

  #count(instanceId: string, address: string, by: 1 | -1): void {
    this.#total += by;
    add(this.#rooms, instanceId, by);
    add(this.#addresses, address, by);
  }
}

/** Keys at zero are forgotten. */
function add(counts: Map<string, number>, key: string, by: number): void {
  const next = (counts.get(key) ?? 0) + by;
  if (next === 0) counts.delete(key);
  else counts.set(key, next);
}

/** A way into a room, and who the room is to those who come that way. */
export interface Doorway {
  readonly port: number;
  /** The DERP server's private key, as `privkey:` and hex. */
  readonly derpKey: string;
  /** PEM. Only the first certificate is presented: clients that pin it accept no other beside the meta certificate. */
  readonly certificate: string;
  /** PEM; belongs to the certificate. */
  readonly privateKey: string;
  /** It is shut then, and who came in by it has to leave; absent: it stands as long as the room. */
  readonly until?: Date;
}

/** An instance as the relay knows it: what `put` makes true. Its own doorway is the present one. */
export interface Room extends Doorway {
  readonly instanceId: string;
  readonly generation: number;
  /** Others into the same room, for those who don't know the present one yet: all meet each other and are counted once. */
  readonly former?: readonly Doorway[];
  readonly devices: readonly Device[];
  readonly allowance: Allowance;
}

export interface Device {
  readonly id: string;
  /** `nodekey:` and hex. */
  readonly key: string;
}

/** How far a room may go by itself. */
export interface Allowance {
  /** For the sum of the instance's counters at this generation in the present run; absent: no ceiling. The packet that
   * reaches it is the last one. */
  readonly ceilingBytes?: bigint;
  readonly until?: Date;
}

export interface RoomStatus {
  readonly instanceId: string;
  readonly generation: number;
  readonly phase: "running";
  /** Whether the allowance is used up, so that nobody is served. */
  readonly isSpent: boolean;
  readonly connections: number;
}

/** A counter's value as it leaves the process. */
export interface CounterEntry {
  readonly instanceId: string;
  readonly generation: number;
  readonly deviceId: string;
  readonly bytes: bigint;
}

export interface CounterReport {
  /** Names the life of the process that counts. */
  readonly run: string;
  readonly entries: readonly CounterEntry[];
}

/** A key that proved itself and is not registered in the room. */
export interface Knock {
  readonly instanceId: string;
  /** `nodekey:` and hex. */
  readonly key: string;
  readonly address: string;
  readonly at: Date;
}

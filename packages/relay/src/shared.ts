import type { Counters } from "./counters.ts";
import type { Forwarder } from "./forwarder.ts";
import type { Gate } from "./gate.ts";
import type { Knocks } from "./knocks.ts";
import type { Log } from "./log.ts";
import type { Flusher } from "./outbox.ts";
import type { Tally } from "./tally.ts";
import type { TimerWheel } from "./timer-wheel.ts";
import type { Turns } from "./turns.ts";

/** What all rooms of one process have together. */
export interface Shared {
  readonly counters: Counters;
  readonly knocks: Knocks;
  readonly tally: Tally;
  readonly gate: Gate;
  /** Ticks once a second. */
  readonly wheel: TimerWheel;
  readonly turns: Turns;
  readonly flusher: Flusher;
  readonly forwarder: Forwarder;
  readonly log: Log;
  readonly now: () => Date;
}

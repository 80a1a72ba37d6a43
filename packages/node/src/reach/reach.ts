import { secondMs } from "@berth/kit";
import type { ReachDial, ReachTest } from "@berth/link";
import { limitTo } from "../limits.ts";
import { dial, type Target } from "./dial.ts";
import { type Listening, listenForReach } from "./listen.ts";

const portsMost = 16;
const secondsMost = 120;
const dialsAtOnce = 4;

/** This node's part in finding out who gets through to whom. */
export class Reach {
  readonly #host: string;
  #listening: Listening | undefined;
  #timer: NodeJS.Timeout | undefined;
  #last: Promise<unknown> = Promise.resolve();

  /** `host`: where what serves customers listens. */
  constructor(host = "0.0.0.0") {
    this.#host = host;
  }

  /** Opens ports for a while, in place of those of the test before. Asked for none, it only closes. */
  test({ id, secret, ports, portTo, seconds }: ReachTest) {
    const tested = this.#last.then(async () => {
      this.close();
      this.#listening = await listenForReach({ secret, ports: ports.slice(0, portsMost), portTo, host: this.#host });
      this.#timer = setTimeout(() => this.close(), Math.min(seconds, secondsMost) * secondMs);
      const opened = this.#listening.ports.flatMap((port) => ["tcp", "udp"].map((protocol) => ({ protocol, port })));
      return { id, ports: opened };
    });
    this.#last = tested.catch(() => undefined);
    return tested;
  }

  /** Tries to get through to another node. */
  async dial({ id, secret, address, ports }: ReachDial) {
    const limit = limitTo(dialsAtOnce);
    const known = ports.slice(0, portsMost).filter(({ protocol }) => ["tcp", "udp", "stun"].includes(protocol));
    const outcomes = known.map(({ protocol, port }) =>
      limit(async () => {
        const target = { address, port, protocol: protocol as Target["protocol"] };
        return { protocol, port, outcome: await dial(target, secret) };
      }),
    );
    return { id, outcomes: await Promise.all(outcomes) };
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#listening?.close();
    this.#listening = undefined;
  }
}

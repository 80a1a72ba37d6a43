import type { Duplex } from "node:stream";
import { secondMs, sleep } from "@berth/kit";
import { type NodeIdentity, type Rendezvous, type StreamMessageInit, untilAborted } from "@berth/link";
import { dialRendezvous, readFrames, sealAsNode } from "@berth/relay";
import type { Flow, Way } from "./flow.ts";
import { give } from "./give.ts";

/** How often control hears how much went through: it knows by that that the flow is in use. */
const tellMs = 5 * secondMs;
/** What was said last may take so long to reach a visitor who reads slowly. */
const lastWordsMs = 30 * secondMs;

interface Passing {
  readonly rendezvous: Rendezvous;
  readonly identity: NodeIdentity;
  readonly signal: AbortSignal;
  /** Begun when the visitor is there and has proven who they are. */
  readonly begin: () => Promise<Flow>;
}

/** A flow past control, through a relay at which a visitor is met. */
export class RelayedFlow implements Way {
  readonly #done: Promise<void>;
  readonly #signal: AbortSignal;
  #toNode = 0;
  #fromNode = 0;

  constructor(passing: Passing) {
    this.#signal = passing.signal;
    this.#done = this.#pass(passing);
    this.#done.catch(() => undefined);
  }

  async *say(): AsyncGenerator<StreamMessageInit, void, void> {
    for (let isDone = false; !isDone; ) {
      isDone = await Promise.race([this.#done.then(() => true), sleep(tellMs, this.#signal).then(() => false)]);
      const figures = { toNodeBytes: BigInt(this.#toNode), fromNodeBytes: BigInt(this.#fromNode) };
      yield { message: { case: "moved", value: figures } };
    }
  }

  /** Control only watches: what it passes on did not come from the visitor who is met. */
  async hear(): Promise<void> {}

  async #pass({ rendezvous, identity, signal, begin }: Passing): Promise<void> {
    const way = await dialRendezvous(rendezvous, signal);
    const visitor = await sealAsNode(way, { ...identity, proofHash: rendezvous.proofHash });
    try {
      const flow = await begin();
      await Promise.race([this.#toFlow(visitor, flow), this.#toVisitor(visitor, flow)]);
    } finally {
      visitor.destroy();
    }
  }

  async #toFlow(visitor: Duplex, flow: Flow): Promise<void> {
    for await (const frame of readFrames(visitor.iterator({ destroyOnReturn: false }))) {
      if (frame.kind === "size") flow.resize?.(frame);
      else {
        this.#toNode += frame.data.length;
        await flow.write(frame.data);
      }
    }
  }

  async #toVisitor(visitor: Duplex, { output }: Flow): Promise<void> {
    for await (const data of untilAborted(this.#signal, output)) {
      this.#fromNode += data.length;
      await give(visitor, data, this.#signal);
    }
    const closed = new Promise((resolve) => visitor.once("close", resolve));
    visitor.end();
    await Promise.race([closed, sleep(lastWordsMs, this.#signal).catch(() => undefined)]);
  }
}

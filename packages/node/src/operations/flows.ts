import { Refusal, secondMs } from "@berth/kit";
import {
  type AgentMessageInit,
  type ExpectEnds as ExpectEndsMessage,
  type NodeIdentity,
  type OpenStream,
  openFlow,
  type StreamMessage,
  type StreamMessageInit,
} from "@berth/link";
import type { Log } from "../log.ts";
import type { ExpectEnds, Flow, Source, Way } from "./flow.ts";
import { RelayedFlow } from "./flow-relay.ts";

export interface FlowsOptions {
  readonly url: string;
  readonly identity: { current(): NodeIdentity | undefined };
  readonly sources: Readonly<Record<string, Source>>;
  /** Absent: this node has no relay at which ends could be joined. */
  readonly expectEnds?: ExpectEnds;
  readonly log: Log;
}

const mostOpen = 32;

/** Comes to the flows that control asks for: this node only ever dials out. */
export class Flows {
  readonly #options: FlowsOptions;
  readonly #open = new Map<AbortController, Promise<void>>();
  /** What flows have begun, until nothing of it runs any more. */
  readonly #running = new Set<Promise<void>>();

  constructor(options: FlowsOptions) {
    this.#options = options;
  }

  /** Safe to repeat: whoever waits at control is joined once. */
  open(wanted: OpenStream): void {
    if (this.#open.size >= mostOpen) return; // whoever waits hears that nobody comes
    const over = new AbortController();
    const done = this.#serve(wanted, over)
      .catch((error) => this.#options.log.debug({ streamId: wanted.id, error: String(error) }, "stream broke off"))
      .finally(() => {
        over.abort();
        this.#open.delete(over);
      });
    this.#open.set(over, done);
  }

  /** Has this node's relay expect two ends, and says where they find it. */
  async expect({ id, ticketHash, seconds }: ExpectEndsMessage): Promise<AgentMessageInit> {
    const { expectEnds, log } = this.#options;
    let place = { port: 0, pin: "" };
    try {
      if (expectEnds) place = await expectEnds(ticketHash, new Date(Date.now() + seconds * secondMs));
    } catch (error) {
      log.warn({ streamId: id, error: String(error) }, "relay joins nobody");
    }
    return { message: { case: "endsExpected", value: { id, ...place } } };
  }

  async close(): Promise<void> {
    for (const over of this.#open.keys()) over.abort();
    await Promise.all([...this.#open.values(), ...this.#running]);
  }

  async #serve(wanted: OpenStream, over: AbortController): Promise<void> {
    const { url, log } = this.#options;
    log.info({ streamId: wanted.id, kind: wanted.kind }, "stream opened");
    try {
      await this.#come(url, wanted, over);
    } catch (error) {
      const isElsewhere = error instanceof Refusal && error.code === "streams.not_here";
      if (!isElsewhere || !URL.canParse(wanted.url) || new URL(wanted.url).origin === new URL(url).origin) throw error;
      await this.#come(wanted.url, wanted, over); // the other end waits at another replica
    }
  }

  async #come(url: string, wanted: OpenStream, over: AbortController): Promise<void> {
    const identity = this.#options.identity.current();
    if (!identity) return;
    const { signal } = over;
    const { id, secret, rendezvous } = wanted;
    const begin = () => this.#begin(wanted, signal);
    const welcome = Promise.withResolvers<Way>();
    for await (const { message } of openFlow({
      url,
      identity,
      messages: say({ id, secret }, welcome.promise),
      signal,
    })) {
      // Nothing is begun before control has said that somebody is there.
      if (message.case !== "opened") await (await welcome.promise).hear(message);
      else if (rendezvous) welcome.resolve(new RelayedFlow({ rendezvous, identity, signal, begin }));
      else welcome.resolve(new ControlledFlow(begin()));
    }
  }

  async #begin({ kind, input }: OpenStream, signal: AbortSignal): Promise<Flow> {
    const { sources } = this.#options;
    const source = Object.hasOwn(sources, kind) ? sources[kind] : undefined;
    if (!source) throw new Refusal("unavailable", "streams.off", `this node allows no ${kind}`);
    const flow = await source(JSON.parse(input), signal);
    if (flow.isGone) this.#running.add(flow.isGone);
    void flow.isGone?.then(() => this.#running.delete(flow.isGone as Promise<void>));
    return flow;
  }
}

async function* say(
  opened: { id: string; secret: string },
  welcome: Promise<Way>,
): AsyncGenerator<StreamMessageInit, void, void> {
  yield { message: { case: "opened", value: opened } };
  try {
    yield* (await welcome).say();
  } catch (error) {
    yield toClosed(error);
  }
}

/** Why a flow could not be had, as it is told. */
function toClosed(error: unknown): StreamMessageInit {
  const isRefusal = error instanceof Refusal;
  const [code, detail] = isRefusal ? [error.code, error.message] : ["streams.failed", "it could not be begun"];
  return { message: { case: "closed", value: { code, detail } } };
}

/** A flow whose bytes go through control. */
class ControlledFlow implements Way {
  readonly #flow: Promise<Flow>;

  constructor(flow: Promise<Flow>) {
    this.#flow = flow;
    this.#flow.catch(() => undefined); // it is said why
  }

  async *say(): AsyncGenerator<StreamMessageInit, void, void> {
    for await (const data of (await this.#flow).output) yield { message: { case: "data", value: data } };
  }

  async hear(message: StreamMessage["message"]): Promise<void> {
    const flow = await this.#flow.catch(() => undefined);
    if (message.case === "data") await flow?.write(message.value);
    if (message.case === "size") flow?.resize?.(message.value);
  }
}

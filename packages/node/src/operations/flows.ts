import { Refusal } from "@berth/kit";
import { type NodeIdentity, type OpenStream, openFlow, type StreamMessageInit } from "@berth/link";
import type { Log } from "../log.ts";

/** This node's end of a flow. */
export interface Flow {
  /** What goes to the other end; the flow is over when this ends. */
  readonly output: AsyncIterable<Uint8Array>;
  /** Takes what the other end says; resolves when there is room for more. */
  write(bytes: Uint8Array): Promise<void>;
}

/** Begins a flow of one kind; the signal says when the other end has left. A `Refusal` is told to the other end. */
export type Source = (input: unknown, signal: AbortSignal) => Promise<Flow>;

export interface FlowsOptions {
  readonly url: string;
  readonly identity: { current(): NodeIdentity | undefined };
  readonly sources: Readonly<Record<string, Source>>;
  readonly log: Log;
}

const mostOpen = 32;

/** Comes to the flows that control asks for: this node only ever dials out. */
export class Flows {
  readonly #options: FlowsOptions;
  readonly #open = new Map<AbortController, Promise<void>>();

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

  async close(): Promise<void> {
    for (const over of this.#open.keys()) over.abort();
    await Promise.all(this.#open.values());
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

  async #come(url: string, { id, secret, kind, input }: OpenStream, over: AbortController): Promise<void> {
    const identity = this.#options.identity.current();
    if (!identity) return;
    const { signal } = over;
    const begun = Promise.withResolvers<Flow>();
    begun.promise.catch(() => undefined);
    const messages = say({ id, secret }, begun.promise);
    for await (const { message } of openFlow({ url, identity, messages, signal })) {
      // Nothing is begun before control has said that somebody is there.
      if (message.case === "opened") this.#begin(kind, input, signal).then(begun.resolve, begun.reject);
      if (message.case === "data") await (await begun.promise).write(message.value);
    }
  }

  async #begin(kind: string, input: string, signal: AbortSignal): Promise<Flow> {
    const { sources } = this.#options;
    const source = Object.hasOwn(sources, kind) ? sources[kind] : undefined;
    if (!source) throw new Refusal("unavailable", "streams.off", `this node allows no ${kind}`);
    return source(JSON.parse(input), signal);
  }
}

async function* say(
  opened: { id: string; secret: string },
  begun: Promise<Flow>,
): AsyncGenerator<StreamMessageInit, void, void> {
  yield { message: { case: "opened", value: opened } };
  try {
    for await (const data of (await begun).output) yield { message: { case: "data", value: data } };
  } catch (error) {
    const isRefusal = error instanceof Refusal;
    const [code, detail] = isRefusal ? [error.code, error.message] : ["streams.failed", "it could not be begun"];
    yield { message: { case: "closed", value: { code, detail } } };
  }
}

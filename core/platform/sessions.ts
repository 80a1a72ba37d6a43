/** One open stream of a node, as others in this process may poke it. */
export interface Session {
  /** Ends the stream; the agent hears why. */
  end(reason: Error): void;
}

/** The streams that this replica holds, one per node: a newer one takes the older one's place. */
export class Sessions<Stream extends Session> {
  readonly #open = new Map<string, Stream>();

  /** Registers a stream; returns how to take it out again. */
  add(nodeId: string, stream: Stream, onReplaced: Error): () => void {
    this.#open.get(nodeId)?.end(onReplaced);
    this.#open.set(nodeId, stream);
    return () => {
      if (this.#open.get(nodeId) === stream) this.#open.delete(nodeId);
    };
  }

  get(nodeId: string): Stream | undefined {
    return this.#open.get(nodeId);
  }

  all(): Iterable<Stream> {
    return this.#open.values();
  }
}

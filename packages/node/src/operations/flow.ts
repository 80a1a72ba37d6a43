import type { StreamMessage, StreamMessageInit } from "@berth/link";

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** This node's end of a flow. */
export interface Flow {
  /** What goes to the other end; the flow is over when this ends. */
  readonly output: AsyncIterable<Uint8Array>;
  /** Takes what the other end says; resolves when there is room for more. */
  write(bytes: Uint8Array): Promise<void>;
  /** The other end's window has another size now; absent where nobody minds. */
  resize?(size: TerminalSize): void;
  /** Resolves when nothing runs any more of a flow that was cut off; absent where nothing does. */
  readonly isGone?: Promise<void>;
}

/** How the bytes of a flow reach the other end. */
export interface Way {
  /** What control is told; the flow is over when this ends. Throws why there is none. */
  say(): AsyncGenerator<StreamMessageInit, void, void>;
  /** Takes what control passes on. */
  hear(message: StreamMessage["message"]): Promise<void>;
}

/** Begins a flow of one kind; the signal says when the other end has left. A `Refusal` is told to the other end. */
export type Source = (input: unknown, signal: AbortSignal) => Promise<Flow>;

/** Asks this node's relay to join two ends with the ticket of this hash, and says where. */
export type ExpectEnds = (ticketHash: string, until: Date) => Promise<{ port: number; pin: string }>;

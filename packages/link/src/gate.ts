import type { Refusal } from "@berth/kit";

export type Method = "Enrol" | "Renew" | "Sync" | "Stream";

/** What a connection may do before its certificate says more. */
export interface Admitted {
  /** Connections of one place that show no certificate are bounded together; absent where none counts. */
  readonly place?: string;
  /** Serves nodes with a certificate of this installation, and nobody else. */
  readonly isNodesOnly?: true;
}

/** A call, as far as it is known. */
export interface Asked {
  readonly method: Method;
  readonly address: string;
  /** Once its certificate was accepted. */
  readonly nodeId?: string;
}

/** What stands before the link. */
export interface LinkGate {
  /** A connection, before its handshake costs anything; nothing turns it away. */
  enter(address: string): Promise<Admitted | undefined>;
  /** A call, before it costs anything, and once more when its node is known; rejects with a refusal. */
  ask(call: Asked): Promise<void>;
  /** Hears of what was refused; `about`: the token or certificate that was tried. Not waited for. */
  refused(call: Asked, refusal: Refusal, about: string): void;
}

/** Lets everybody in. */
export const openGate: LinkGate = {
  enter: async () => ({}),
  ask: async () => {},
  refused: () => {},
};

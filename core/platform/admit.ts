import type { LimitKind } from "@berth/api";
import type { FastifyRequest } from "fastify";
import type { Actor } from "./actor.ts";

/** A request whose sender is known. */
export interface Arrival {
  readonly request: FastifyRequest;
  readonly actor: Actor;
  readonly kind: LimitKind;
}

/** A request that may be answered, and what it asks for. */
export interface Entry extends Arrival {
  readonly input: object;
}

/** What stands between a request and its use case. */
export interface Admission {
  /** Counts a sender who is known, or refuses them: before anybody looks at what they say. */
  meet(arrival: Arrival): Promise<void>;
  /** Does the work, now or in its turn, or refuses it. What it streams out is a part of it. */
  admit<T>(entry: Entry, work: () => Promise<T>): Promise<T>;
}

/** Lets everybody through at once. */
export const openToAll: Admission = {
  meet: async () => {},
  admit: (_entry, work) => work(),
};

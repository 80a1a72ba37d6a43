import type { Route } from "@berth/api";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Actor } from "./actor.ts";

/** A request whose sender is known, and what it asks for. */
export interface Arrival {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly actor: Actor;
  readonly declared: Route;
  readonly input: object;
}

/** Does the work, now or in its turn, or refuses it. */
export type Admit = <T>(arrival: Arrival, work: () => Promise<T>) => Promise<T>;

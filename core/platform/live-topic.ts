import type { live as api, Permission } from "@berth/api";
import type { Actor } from "./actor.ts";
import type { Context } from "./context.ts";

/** A change that has its position for good. */
export interface LiveEvent {
  readonly position: bigint;
  readonly id: string;
  readonly name: string;
  /** Whose object it is about. */
  readonly accountId: string | null;
  readonly leaseId: string | null;
  readonly nodeId: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What one topic shows of an event, and to whom. */
export interface LiveTopic {
  readonly permission: Permission;
  /** Shows everybody's objects, not only one's own. Absent: all objects are for all who may follow the topic. */
  readonly widens?: Permission | "nobody";
  /** Which object changed; nothing when the event is not about this topic. */
  readonly idOf: (event: LiveEvent) => string | undefined;
}

/** What something has come to. It grows, and now and then begins anew. */
export interface Total {
  readonly id: string;
  /** Whose it is. */
  readonly accountId: string | null;
  readonly total: bigint;
}

/** Where changes come from. */
export interface LiveSource {
  readonly topics: Readonly<Record<api.Topic, LiveTopic>>;
  /** The latest position. */
  newest(ctx: Context): Promise<bigint>;
  /** Events with later positions, in order and without gaps. */
  after(ctx: Context, position: bigint, limit: number): Promise<LiveEvent[]>;
  /** What rates are made of. */
  totals(ctx: Context, ids: readonly string[]): Promise<Total[]>;
}

/** One change as it goes to sockets: `event` at `position` is about object `id` of `topic`. */
export interface Shown {
  readonly topic: api.Topic;
  readonly id: string;
  readonly event: LiveEvent;
}

/** Who is at the other end, and how to ask that again. Nothing when they do not say. */
export interface Known {
  readonly actor: Extract<Actor, { kind: "account" }>;
  readonly ask: () => Promise<Actor>;
}

/** Who is told of rates. */
export interface RateFollower {
  /** The objects whose rates it follows. */
  followedRates(): readonly string[];
  deliverRates(rates: readonly (api.Rate & { readonly accountId: string | null })[]): void;
}

/** A socket as the hub knows it. */
export interface Listening extends RateFollower {
  welcome(actor: Known["actor"]): void;
  deliver(shown: readonly Shown[], position: bigint): void;
  /** Something that has no place among the events is not as it was. */
  mention(topic: api.Topic, id: string): void;
  ping(): void;
  end(why: keyof typeof api.closeCodes): void;
  onClose(listener: () => void): void;
}

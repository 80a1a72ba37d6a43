import {
  flushHeartbeats,
  greetNode,
  heartbeatSeconds,
  noteHeartbeat,
  requireWelcome,
  toBundle,
  trustedAuthorities,
} from "@berth/core/fleet";
import { desiredDigest, desiredSince, takeKnocks, takePhases, wholeDesired } from "@berth/core/leases";
import { takeReadings } from "@berth/core/metering";
import { newsOfOperations, type Sent, takeProgress, takeRendezvous, takeResult } from "@berth/core/operations";
import type { Context } from "@berth/core/platform/context";
import type { Session, Sessions } from "@berth/core/platform/sessions";
import { Refusal } from "@berth/kit";
import type { AgentMessage, ControlMessageInit, Hello, NodeCaller } from "@berth/link";
import { ReachTalk } from "./reach-talk.ts";

/** Messages that wait for a slow agent; one that lets more pile up is cut off and comes back. */
const mostWaiting = 1_000;

type Asked = Extract<NonNullable<ControlMessageInit["message"]>, { case: "openStream" }>["value"];

/** One node's stream: takes what it reports, and sends what it should run whenever that changes. */
export class NodeStream implements Session {
  readonly #ctx: Context;
  readonly #caller: NodeCaller;
  readonly #nodeId: string;
  readonly reach: ReachTalk;
  readonly #waiting: ControlMessageInit[] = [];
  readonly #sentOperations: Sent = new Map();
  #sentRevision: bigint | undefined;
  #checkedRevision: bigint | undefined;
  #isChanged = false;
  #failure: Error | undefined;
  #isOver = false;
  #notice = Promise.withResolvers<void>();

  constructor(ctx: Context, caller: NodeCaller) {
    this.#nodeId = caller.peer.nodeId;
    this.#caller = caller;
    this.#ctx = { ...ctx, actor: { kind: "node", nodeId: this.#nodeId, address: caller.address } };
    this.reach = new ReachTalk(this.#ctx, this.#nodeId, (message) => this.#push(message));
  }

  wake(): void {
    this.#isChanged = true;
    this.#notice.resolve();
  }

  end(reason: Error): void {
    this.#failure ??= reason;
    this.#notice.resolve();
  }

  /** Ends the stream if its key was revoked meanwhile. */
  recheck(): void {
    requireWelcome(this.#ctx, this.#nodeId, this.#caller.peer.keyFingerprint).catch((error) => this.end(error));
  }

  /** Tells the agent which authorities to believe. */
  trust(authorities: string): void {
    this.#push({ message: { case: "trust", value: { authorities } } });
  }

  /** Asks the agent to come to one flow; it dials, and is met by `meetVisitor`. */
  openStream(stream: Asked): void {
    this.#push({ message: { case: "openStream", value: stream } });
  }

  /** Asks the agent to have its relay join two ends. */
  expectEnds(ends: { id: string; ticketHash: string; seconds: number }): void {
    this.#push({ message: { case: "expectEnds", value: ends } });
  }

  /** What goes to the agent, until either side ends it. */
  async *run(
    messages: AsyncIterable<AgentMessage>,
    sessions: Sessions<NodeStream>,
  ): AsyncGenerator<ControlMessageInit> {
    await requireWelcome(this.#ctx, this.#nodeId, this.#caller.peer.keyFingerprint);
    const replaced = new Refusal("conflict", "fleet.replaced", "a newer stream of this node took over");
    const remove = sessions.add(this.#nodeId, this, replaced);
    void this.#takeAll(messages);
    try {
      yield* this.#send();
    } finally {
      remove();
    }
  }

  async *#send(): AsyncGenerator<ControlMessageInit> {
    for (;;) {
      this.#notice = Promise.withResolvers<void>();
      if (this.#failure) throw this.#failure;
      for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) yield next;
      if (this.#isOver) return;
      if (!this.#isChanged || this.#sentRevision === undefined) {
        await this.#notice.promise;
        continue;
      }
      this.#isChanged = false;
      yield* this.#news(this.#sentRevision);
    }
  }

  async *#news(after: bigint): AsyncGenerator<ControlMessageInit> {
    const change = await desiredSince(this.#ctx, this.#nodeId, after);
    if (change) {
      this.#sentRevision = change.revision;
      yield change;
    }
    const operations = await newsOfOperations(this.#ctx, this.#nodeId, this.#sentOperations);
    if (operations) yield operations;
  }

  async #takeAll(messages: AsyncIterable<AgentMessage>): Promise<void> {
    try {
      for await (const { message } of messages) await this.#take(message);
      this.#isOver = true;
    } catch (error) {
      this.#failure ??= error as Error;
    }
    this.#notice.resolve();
  }

  async #take(message: AgentMessage["message"]): Promise<void> {
    const [ctx, nodeId] = [this.#ctx, this.#nodeId];
    switch (message.case) {
      case "hello":
        return this.#greet(message.value);
      case "heartbeat":
        noteHeartbeat(ctx, nodeId, message.value);
        this.#push({ message: { case: "heartbeatTaken", value: { sequence: message.value.sequence } } });
        return this.#compare(message.value.revision, message.value.digest);
      case "phases":
        return takePhases(ctx, nodeId, message.value.phases);
      case "readings":
        await takeReadings(ctx, nodeId, message.value.readings);
        return this.#push({ message: { case: "readingsAccepted", value: { sequence: message.value.sequence } } });
      case "knocks":
        return takeKnocks(ctx, nodeId, message.value.knocks);
      case "endsExpected":
        return takeRendezvous(ctx, nodeId, message.value);
      case "reachReady":
        return this.reach.ready(message.value);
      case "reachDialled":
        return this.reach.dialled(message.value);
      case "operationProgress":
        return takeProgress(ctx, nodeId, message.value);
      case "operationResult":
        this.#push(await takeResult(ctx, nodeId, message.value));
        return this.wake(); // there is room for another
    }
  }

  async #greet(hello: Hello): Promise<void> {
    await greetNode(this.#ctx, this.#nodeId, hello, this.#caller.address);
    const nowMs = BigInt(this.#ctx.now().getTime());
    this.#push({ message: { case: "welcome", value: { nowMs, heartbeatSeconds } } });
    this.trust(toBundle(await trustedAuthorities(this.#ctx))); // they may have changed while it was away
    await this.#sendWhole();
    this.reach.beginIfDue();
  }

  /** A node that holds something else than it should, although it has every change, gets everything again. */
  async #compare(revision: bigint, digest: string): Promise<void> {
    if (this.#sentRevision === undefined) return;
    // Also the way in which a lost notification is made up for.
    this.wake();
    if (revision !== this.#sentRevision || revision === this.#checkedRevision) return;
    this.#checkedRevision = revision;
    if ((await desiredDigest(this.#ctx, this.#nodeId)) === digest) return;
    this.#ctx.log.warn(
      { nodeId: this.#nodeId, revision: revision.toString() },
      "node holds another state, sending all",
    );
    await this.#sendWhole();
  }

  async #sendWhole(): Promise<void> {
    const whole = await wholeDesired(this.#ctx, this.#nodeId);
    this.#sentRevision = whole.revision;
    this.#push(whole);
    this.wake();
  }

  #push(message: ControlMessageInit): void {
    if (this.#waiting.length < mostWaiting) this.#waiting.push(message);
    else this.end(new Refusal("exhausted", "fleet.too_slow", "too many messages wait for this agent"));
    this.#notice.resolve();
  }
}

/** Writes heartbeats of this replica's streams once a second, all in one statement. */
export function startHeartbeatWriter(ctx: Context): { close(): void } {
  const timer = setInterval(() => {
    flushHeartbeats(ctx).catch((error) => ctx.log.warn({ error: error.message }, "heartbeats not written"));
  }, 1_000);
  return { close: () => clearInterval(timer) };
}

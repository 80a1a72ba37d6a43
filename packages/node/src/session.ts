import { type Clock, secondMs, sleep } from "@berth/kit";
import {
  type AgentMessageInit,
  type ControlMessage,
  type Desired,
  openSync,
  type ReachDial,
  type ReachTest,
} from "@berth/link";
import { Beats } from "./beats.ts";
import type { DesiredStateStore } from "./desired-state.ts";
import type { Gauges } from "./gauges.ts";
import type { IdentityStore } from "./identity.ts";
import type { Knocks } from "./knocks.ts";
import type { Log } from "./log.ts";
import { Mailbox } from "./mailbox.ts";
import type { Flows } from "./operations/flows.ts";
import type { Operations } from "./operations/operations.ts";
import type { Phases } from "./phases.ts";
import type { Reach } from "./reach/reach.ts";
import type { Report } from "./report.ts";
import type { Spool } from "./spool.ts";

type HelloInit = Extract<NonNullable<AgentMessageInit["message"]>, { case: "hello" }>["value"];

export interface SessionOptions {
  readonly url: string;
  readonly identity: IdentityStore;
  readonly desired: DesiredStateStore;
  readonly spool: Spool;
  readonly phases: Phases;
  readonly knocks: Knocks;
  readonly operations: Operations;
  readonly flows: Flows;
  readonly gauges: Gauges;
  readonly reach: Reach;
  /** What does not change while the agent runs. */
  readonly hello: HelloInit;
  readonly now: Clock;
  readonly log: Log;
  /** Control said something that changes what should run, or until when. */
  readonly onDesired: () => void;
  /** Called with each heartbeat; true ends the stream, so that the next one is opened with a new certificate. */
  readonly isRenewed: () => Promise<boolean>;
}

/** Counters are told this soon after they grew. */
const tellMs = 250;
/** Clocks that differ by less are taken to be the same: much of it is the network. */
const skewMs = 2 * secondMs;
const finishMs = 1_500;
const endMs = 500;

/** One `Sync` stream with control, from Hello to its end. */
export class Session {
  readonly #options: SessionOptions;
  readonly #outgoing = new Mailbox<AgentMessageInit>();
  #report: Report | undefined;
  #tellTimer: NodeJS.Timeout | undefined;
  #heartbeatTimer: NodeJS.Timeout | undefined;
  readonly #beats = new Beats();
  readonly #isOver = new AbortController();
  readonly #ended = Promise.withResolvers<void>();
  #onReported: () => void = () => undefined;
  #detach: () => void = () => undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** Control has answered. */
  get isWelcome(): boolean {
    return this.#report !== undefined;
  }

  /** Returns when control ends the stream or `finish` does. Throws when it broke, or control's `Refusal`. */
  async run(signal: AbortSignal): Promise<void> {
    const { url, identity, desired, hello, phases, spool } = this.#options;
    const { revision, digest } = desired.current();
    const either = AbortSignal.any([signal, this.#isOver.signal]);
    this.#outgoing.push({ message: { case: "hello", value: { ...hello, revision, digest } } });
    try {
      const stream = openSync({ url, identity: identity.current()!, messages: this.#outgoing, signal: either });
      for await (const message of stream) await this.#hear(message);
    } catch (error) {
      if (!this.#isOver.signal.aborted) throw error;
    } finally {
      clearTimeout(this.#tellTimer);
      clearInterval(this.#heartbeatTimer);
      phases.onChange = () => undefined;
      this.#detach();
      spool.unreport();
      this.#onReported();
      this.#ended.resolve();
    }
  }

  /** Tells what is left to tell, waits a little for control to have it, and ends the stream. */
  async finish(): Promise<void> {
    this.#tell();
    if (this.#report && !this.#report.isDone) {
      const reported = new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, finishMs);
        this.#onReported = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      await Promise.race([reported, this.#ended.promise]);
    }
    this.#outgoing.close();
    // Control ends its side when ours has ended; one that does not is not waited for.
    await Promise.race([this.#ended.promise, sleep(endMs)]);
    this.#isOver.abort();
  }

  /** Something is there to be told: soon, together with whatever follows. */
  tellSoon(): void {
    if (!this.isWelcome) return;
    this.#tellTimer ??= setTimeout(() => {
      this.#tellTimer = undefined;
      this.#tell();
    }, tellMs);
  }

  #tell(): void {
    if (!this.#report) return;
    for (const message of this.#options.phases.news()) this.#outgoing.push(message);
    for (let message = this.#report.next(); message; message = this.#report.next()) this.#outgoing.push(message);
    const knocks = this.#options.knocks.next();
    if (knocks) this.#outgoing.push(knocks);
    if (this.#options.knocks.size > 0) this.tellSoon();
  }

  async #hear({ message }: ControlMessage): Promise<void> {
    if (message.case === "welcome") await this.#welcome(message.value);
    if (message.case === "desired") await this.#desire(message.value);
    if (message.case === "readingsAccepted") this.#accept(message.value.sequence);
    if (message.case === "operations") this.#options.operations.take(message.value.operations);
    if (message.case === "operationsAccepted") await this.#options.operations.accepted(message.value.ids);
    if (message.case === "heartbeatTaken") this.#beats.taken(message.value.sequence);
    if (message.case === "reachTest") void this.#reach(message.value);
    if (message.case === "reachDial") void this.#dial(message.value);
    if (message.case === "openStream") this.#options.flows.open(message.value);
    if (message.case === "expectEnds")
      void this.#options.flows.expect(message.value).then((said) => this.#outgoing.push(said));
    if (message.case === "trust") await this.#options.identity.trust(message.value.authorities);
  }

  async #welcome({ nowMs, heartbeatSeconds }: { nowMs: bigint; heartbeatSeconds: number }): Promise<void> {
    const { spool, phases, log, identity } = this.#options;
    await this.#setClock(Number(nowMs));
    this.#report = spool.report(() => this.tellSoon());
    phases.restart();
    phases.onChange = () => {
      for (const message of phases.news()) this.#outgoing.push(message);
    };
    this.#tell();
    this.#detach = this.#options.operations.attach((message) => this.#outgoing.push(message));
    clearInterval(this.#heartbeatTimer);
    const everyMs = Math.max(1, heartbeatSeconds) * secondMs;
    this.#heartbeatTimer = setInterval(() => void this.#beat(), everyMs);
    void this.#sendHeartbeat(); // what control does not know of this node yet
    log.info({ nodeId: identity.current()?.nodeId }, "control answered");
  }

  async #setClock(controlMs: number): Promise<void> {
    const { desired, now, log, onDesired } = this.#options;
    const offsetMs = controlMs - now().getTime();
    if (Math.abs(offsetMs - desired.current().offsetMs) < skewMs) return;
    await desired.setClock(Math.abs(offsetMs) < skewMs ? 0 : offsetMs);
    log.warn({ offsetMs }, "clock of the node differs from control's");
    onDesired();
  }

  async #desire(change: Desired): Promise<void> {
    const { desired, onDesired, log } = this.#options;
    const state = await desired.apply(change);
    onDesired();
    if (state.digest === change.digest) return;
    log.warn({ revision: `${state.revision}`, whole: change.whole }, "desired state differs from control's");
    // At once, but only after a change: were a whole state to differ for ever, this would go round and round.
    if (!change.whole) void this.#sendHeartbeat();
  }

  #accept(sequence: bigint): void {
    if (!this.#report) return;
    this.#options.spool.accept(this.#report, sequence);
    if (this.#report.isDone) this.#onReported();
    else this.tellSoon(); // what had to wait for room, or grew meanwhile
  }

  async #reach(asked: ReachTest): Promise<void> {
    this.#outgoing.push({ message: { case: "reachReady", value: await this.#options.reach.test(asked) } });
  }

  async #dial(asked: ReachDial): Promise<void> {
    this.#outgoing.push({ message: { case: "reachDialled", value: await this.#options.reach.dial(asked) } });
  }

  async #beat(): Promise<void> {
    await this.#sendHeartbeat();
    if (await this.#options.isRenewed()) await this.finish();
  }

  async #sendHeartbeat(): Promise<void> {
    const figures = await this.#options.gauges.read();
    const { revision, digest } = this.#options.desired.current();
    const nowMs = BigInt(this.#options.now().getTime());
    const value = { ...figures, revision, digest, nowMs, ...this.#beats.next() };
    this.#outgoing.push({ message: { case: "heartbeat", value } });
  }
}

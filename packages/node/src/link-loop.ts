import { backoffMs, minuteMs, Refusal, secondMs, sleep } from "@berth/kit";
import { hasExpired, type IdentityStore, isRenewalDue } from "./identity.ts";
import { Session, type SessionOptions } from "./session.ts";

export interface LinkLoopOptions extends Omit<SessionOptions, "isRenewed"> {
  readonly name: string;
  /** Asked for only while the node has no identity. */
  readonly joinToken?: (signal: AbortSignal) => Promise<string>;
  /** How long to wait after control refused this node: what it knows of the node has to change first. */
  readonly refusedMs?: number;
}

const endMs = 500;
/** A stream that lasted this long makes up for failures before it. */
const steadyMs = 5 * secondMs;

/** Keeps a stream with control, for as long as the agent lives: enrols, renews, connects again. */
export class LinkLoop {
  readonly #options: LinkLoopOptions;
  readonly #identity: IdentityStore;
  readonly #stopping = new AbortController();
  readonly #ended: Promise<void>;
  #session: Session | undefined;
  #attempts = 0;
  #mustRenew = false;
  #isFinishing = false;

  constructor(options: LinkLoopOptions) {
    this.#options = options;
    this.#identity = options.identity;
    this.#ended = this.#run();
  }

  /** See `Session.tellSoon`. */
  tellSoon(): void {
    this.#session?.tellSoon();
  }

  /** Says goodbye to control, within two seconds. */
  async close(): Promise<void> {
    this.#isFinishing = true;
    await this.#session?.finish();
    this.#stopping.abort(new Error("the agent is stopping"));
    // Whatever is under way was told to stop; what does not listen is left behind.
    await Promise.race([this.#ended, sleep(endMs)]);
  }

  async #run(): Promise<void> {
    while (!this.#isFinishing) {
      const waitMs = await this.#connect().catch((error) => this.#failed(error));
      if (!this.#isFinishing && waitMs > 0) await sleep(waitMs, this.#stopping.signal).catch(() => undefined);
    }
  }

  /** One attempt. Gives how long to wait before the next. */
  async #connect(): Promise<number> {
    const { signal } = this.#stopping;
    if (!this.#identity.current()) await this.#enrol();
    await this.#renewIfDue();
    let isRenewed = false;
    const session = new Session({
      ...this.#options,
      isRenewed: async () => {
        isRenewed = isRenewed || (await this.#renewEarly());
        return isRenewed;
      },
    });
    this.#session = session;
    const startedAtMs = performance.now();
    try {
      await session.run(signal);
    } finally {
      this.#session = undefined;
      if (performance.now() - startedAtMs > steadyMs) this.#attempts = 0;
    }
    return isRenewed ? 0 : this.#backoffMs();
  }

  #failed(error: unknown): number {
    const { log, refusedMs = minuteMs } = this.#options;
    if (this.#isFinishing) return 0;
    const refusal = error instanceof Refusal ? error : undefined;
    if (refusal?.code === "link.certificate_expired" && !this.#mustRenew) {
      this.#mustRenew = true; // the clocks differ: by control's, it is late
      return this.#backoffMs();
    }
    if (refusal?.kind === "forbidden" || refusal?.kind === "unauthenticated" || refusal?.kind === "invalid") {
      const nodeId = this.#identity.current()?.nodeId;
      log.error(
        { nodeId, code: refusal.code, error: refusal.message, retryMs: refusedMs },
        "control refused this node",
      );
      return refusedMs;
    }
    // The first times, and then rarely: control may be away for days.
    if (this.#attempts < 3 || this.#attempts % 100 === 0)
      log.warn({ url: this.#options.url, error: String(error) }, "control was lost");
    return this.#backoffMs();
  }

  #backoffMs(): number {
    return backoffMs(this.#attempts++);
  }

  async #enrol(): Promise<void> {
    const { url, name, joinToken, log } = this.#options;
    if (!joinToken) throw new Refusal("invalid", "node.no_join_token", "the node has no identity and no join token");
    const token = await joinToken(this.#stopping.signal);
    await this.#identity.enrol({ url, token, name, signal: this.#stopping.signal });
    log.info({ nodeId: this.#identity.current()?.nodeId }, "node joined");
  }

  /** Before a stream is opened: one that has expired has to be renewed, any other can wait. */
  async #renewIfDue(): Promise<void> {
    const identity = this.#identity.current()!;
    if (this.#mustRenew || hasExpired(identity, this.#controlNow())) await this.#renew();
    else if (isRenewalDue(identity, this.#controlNow())) await this.#renewEarly();
  }

  async #renewEarly(): Promise<boolean> {
    if (!isRenewalDue(this.#identity.current()!, this.#controlNow())) return false;
    try {
      await this.#renew();
      return true;
    } catch (error) {
      // There is half a life left to try again, with every heartbeat.
      this.#options.log.warn({ error: String(error) }, "certificate could not be renewed");
      return false;
    }
  }

  /** Certificates are dated by control: a clock that is hours ahead of its would have them renewed again and again. */
  #controlNow(): Date {
    return new Date(this.#options.now().getTime() + this.#options.desired.current().offsetMs);
  }

  async #renew(): Promise<void> {
    await this.#identity.renew(this.#options.url, this.#stopping.signal);
    this.#mustRenew = false;
    this.#options.log.info({ nodeId: this.#identity.current()?.nodeId }, "certificate renewed");
  }
}

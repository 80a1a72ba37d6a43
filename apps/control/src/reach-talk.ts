import { randomBytes } from "node:crypto";
import { type Dialling, planReach, takeDialled, tryReach } from "@berth/core/fleet";
import type { Context } from "@berth/core/platform/context";
import { newId } from "@berth/kit";
import type { ControlMessageInit, ReachDialled, ReachReady } from "@berth/link";

/** How long a node keeps its ports open for a test, should nobody say that it is over. */
const seconds = 30;
const diallingsMost = 32;

/** What one node's stream has to do with who gets through to whom: the node is tried, and tries others. */
export class ReachTalk {
  readonly #ctx: Context;
  readonly #nodeId: string;
  readonly #push: (message: ControlMessageInit) => void;
  #test: { readonly id: string; readonly secret: Uint8Array; readonly portTo: number } | undefined;
  readonly #diallings = new Map<string, Dialling>();

  constructor(ctx: Context, nodeId: string, push: (message: ControlMessageInit) => void) {
    this.#ctx = ctx;
    this.#nodeId = nodeId;
    this.#push = push;
  }

  /** Has the node open ports, unless nothing changed since it was tried. */
  beginIfDue(): void {
    this.#inBackground(() => this.#begin((plan) => plan.isDue));
  }

  begin(): void {
    this.#inBackground(() => this.#begin(() => true));
  }

  /** The ports are open: tries them. */
  ready({ id, ports }: ReachReady): void {
    const test = this.#test;
    // Another one began meanwhile, or this answers that all was closed.
    if (!test || test.id !== id || ports.length === 0) return;
    this.#inBackground(async () => {
      const onlooker = await tryReach(this.#ctx, this.#nodeId, { secret: test.secret, ports });
      if (!onlooker) this.end();
    });
  }

  /** Has the node close what it opened: customers may get these ports. */
  end(): void {
    if (!this.#test) return;
    const { id, secret, portTo } = this.#test;
    this.#test = undefined;
    this.#push({ message: { case: "reachTest", value: { id, secret, ports: [], portTo, seconds: 0 } } });
  }

  /** Has this node try another one. */
  dial({ secret, ...dialling }: Dialling & { secret: string }): void {
    if (this.#diallings.size >= diallingsMost) return;
    const id = newId("reach");
    this.#diallings.set(id, dialling);
    const value = { id, secret: Buffer.from(secret, "base64"), address: dialling.address, ports: [...dialling.ports] };
    this.#push({ message: { case: "reachDial", value } });
  }

  /** Counts only as the answer to what this stream was asked. */
  dialled({ id, outcomes }: ReachDialled): void {
    const dialling = this.#diallings.get(id);
    this.#diallings.delete(id);
    if (dialling) this.#inBackground(() => takeDialled(this.#ctx, dialling, { by: this.#nodeId, outcomes }));
  }

  async #begin(isWanted: (plan: Awaited<ReturnType<typeof planReach>>) => boolean): Promise<void> {
    const plan = await planReach(this.#ctx, this.#nodeId);
    if (!isWanted(plan)) return;
    const { ports, portTo } = plan;
    const test = { id: newId("reach"), secret: randomBytes(32), portTo };
    this.#test = test;
    this.#push({ message: { case: "reachTest", value: { ...test, ports, seconds } } });
  }

  /** Trying takes seconds, in which the node says other things. */
  #inBackground(work: () => Promise<unknown>): void {
    work().catch((error) => this.#ctx.log.warn({ nodeId: this.#nodeId, error: String(error) }, "reach not tested"));
  }
}

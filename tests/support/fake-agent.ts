import { fleet } from "@berth/api";
import { sleep } from "@berth/kit";
import {
  type AgentMessageInit,
  type ControlMessage,
  enrol,
  makeKeyPair,
  type NodeIdentity,
  openSync,
} from "@berth/link";
import { type Link, startLink } from "../../apps/control/src/link.ts";
import { Guard } from "../../core/guard/index.ts";
import { TrustedProxies } from "../../core/platform/client-address.ts";
import { listen } from "../../core/platform/notify.ts";
import type { Person, TestControl } from "./control.ts";

type Heard = ControlMessage["message"];

/** Control's link for a test control, told of what its transactions notify. */
export async function testLink(
  { ctx, database }: TestControl,
  guard = new Guard(ctx, { proxies: new TrustedProxies([]) }),
): Promise<Link & { url: string }> {
  const link = await startLink(ctx, { host: "127.0.0.1", port: 0, names: ["127.0.0.1"] }, guard);
  const listener = listen(database.url, ctx.log, { channels: link.channels, onConnect: () => link.lookAgain() });
  const close = async () => {
    await listener.close();
    await link.close();
  };
  return { ...link, url: `https://127.0.0.1:${link.port}`, close };
}

/** An identity as a node gets it. */
export async function enrolled(operator: Person, url: string, name: string): Promise<NodeIdentity> {
  const { token } = await operator(fleet.createJoinToken, { name });
  return enrol({ url, token, name, privateKey: await makeKeyPair() });
}

/** An agent that says what the test wants, over the real link. */
export class FakeAgent {
  readonly identity: NodeIdentity;
  readonly heard: Heard[] = [];
  readonly #url: string;
  readonly #outgoing: AgentMessageInit[] = [];
  readonly #over = new AbortController();
  #notice = Promise.withResolvers<void>();
  readonly ended: Promise<unknown>;

  constructor(url: string, identity: NodeIdentity, hello: object = {}) {
    this.#url = url;
    this.identity = identity;
    this.say({
      case: "hello",
      value: {
        version: "0.1.0",
        addresses: ["127.0.0.1"],
        portFrom: 20_000,
        portTo: 20_100,
        region: "test",
        ...hello,
      },
    });
    this.ended = this.#run().catch((error: unknown) => error);
  }

  get nodeId() {
    return this.identity.nodeId as `node_${string}`;
  }

  say(message: AgentMessageInit["message"]): void {
    this.#outgoing.push({ message });
    this.#notice.resolve();
  }

  /** The first message of this case that has not been taken yet and fits; fails after ten seconds. */
  async hear<Case extends Heard["case"]>(
    wanted: Case,
    fits: (value: Extract<Heard, { case: Case }>["value"]) => boolean = () => true,
  ): Promise<Extract<Heard, { case: Case }>["value"]> {
    for (let waitedMs = 0; waitedMs < 10_000; waitedMs += 10) {
      const at = this.heard.findIndex((message) => message.case === wanted && fits(message.value as never));
      if (at >= 0) return this.heard.splice(at, 1)[0]?.value as never;
      await sleep(10);
    }
    throw new Error(`not heard: ${wanted}; but ${this.heard.map((message) => message.case).join(", ")}`);
  }

  /** The next operations that control sends. */
  async operations() {
    return (await this.hear("operations")).operations;
  }

  answer(id: string, outcome: string, more: { result?: string; code?: string; detail?: string } = {}): void {
    this.say({ case: "operationResult", value: { id, outcome, ...more } });
  }

  async close(): Promise<void> {
    this.#over.abort();
    this.#notice.resolve();
    await this.ended;
  }

  async #run(): Promise<void> {
    const { signal } = this.#over;
    const stream = openSync({ url: this.#url, identity: this.identity, messages: this.#messages(), signal });
    for await (const { message } of stream) this.heard.push(message);
  }

  async *#messages(): AsyncGenerator<AgentMessageInit> {
    while (!this.#over.signal.aborted) {
      for (let next = this.#outgoing.shift(); next; next = this.#outgoing.shift()) yield next;
      this.#notice = Promise.withResolvers<void>();
      if (this.#outgoing.length === 0) await this.#notice.promise;
    }
  }
}

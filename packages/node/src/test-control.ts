import { Refusal } from "@berth/kit";
import {
  type AgentMessage,
  type Authority,
  authorityFingerprint,
  type ControlMessageInit,
  digest,
  formatJoinToken,
  type Heartbeat,
  type Hello,
  type Instance,
  InstanceSchema,
  issue,
  issueServer,
  type LinkServer,
  makeAuthority,
  type NodeCaller,
  type OperationResult,
  type Peer,
  parseJoinToken,
  type Readings,
  serveLink,
} from "@berth/link";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { Mailbox } from "./mailbox.ts";

const secret = "0".repeat(32);

type Wish = Partial<Omit<MessageInitShape<typeof InstanceSchema>, "spec">> & { id: string; spec?: object };

/** As much of control as an agent sees, over the real link. What it holds outlives `stop` and `start`. */
export class TestControl {
  readonly port: number;
  now = () => new Date();
  isRevoked = false;
  /** Changes are made but not sent, as if the messages had been lost. */
  isDeaf = false;
  readonly instances = new Map<string, Instance>();
  revision = 0n;
  /** The greatest value of each counter. */
  readonly readings = new Map<string, bigint>();
  readonly phases = new Map<string, string>();
  readonly knocks: string[] = [];
  /** Answers to operations, as `id outcome code`, and their results by id. */
  readonly answers: string[] = [];
  readonly results = new Map<string, unknown>();
  readonly hellos: Hello[] = [];
  readonly heartbeats: Heartbeat[] = [];
  readonly peers: Peer[] = [];
  calls: string[] = [];
  authorities: Authority[] = [];
  #server: LinkServer | undefined;
  #own: { certificate: string; key: string } | undefined;
  readonly #streams = new Set<Mailbox<ControlMessageInit>>();
  readonly #waiting = new Set<() => void>();

  constructor(port: number) {
    this.port = port;
  }

  get url(): string {
    return `https://127.0.0.1:${this.port}`;
  }

  get token(): string {
    return formatJoinToken({ secret, authority: authorityFingerprint(this.authorities[0]!.certificate) });
  }

  get streams(): number {
    return this.#streams.size;
  }

  async start(): Promise<void> {
    if (this.authorities.length === 0) this.authorities.push(await makeAuthority({ now: this.now() }));
    const { certificate, privateKey } = await issueServer(this.authorities[0]!, {
      names: ["127.0.0.1"],
      now: new Date(),
    });
    this.#own = { certificate, key: privateKey };
    this.#server = await serveLink({
      ...this.#own,
      port: this.port,
      host: "127.0.0.1",
      authorities: this.#bundle(),
      now: () => this.now(),
      onError: (error) => {
        throw error;
      },
      handlers: {
        enrol: async ({ token, request }) => {
          if (parseJoinToken(token).secret !== secret) throw new Refusal("unauthenticated", "fleet.bad_token", "no");
          return { nodeId: "node_1", ...(await this.#certify(request)) };
        },
        renew: async ({ request }) => {
          this.#called("renew");
          this.#requireWelcome();
          return this.#certify(request);
        },
        sync: (messages, caller) => this.#sync(messages, caller),
      },
    });
  }

  async stop(): Promise<void> {
    await this.#server?.close();
    this.#streams.clear();
  }

  /** Wants this instance from now on, and tells the streams. */
  want(...wishes: Wish[]): void {
    const instances = wishes.map((wish) => {
      const before = this.instances.get(wish.id) ?? { generation: 1n, offering: "counting", specVersion: 1, spec: "" };
      const spec = wish.spec ? JSON.stringify(wish.spec) : before.spec;
      const { $typeName: _, ...rest } = { $typeName: "", ...before };
      return create(InstanceSchema, { ...rest, ...wish, spec } as MessageInitShape<typeof InstanceSchema>);
    });
    for (const instance of instances) this.instances.set(instance.id, instance);
    this.#tell(instances, []);
  }

  drop(...ids: string[]): void {
    for (const id of ids) this.instances.delete(id);
    this.#tell([], ids);
  }

  /** Believes the present authorities, and tells the streams. Its own certificate stays. */
  trust(): void {
    this.#server?.reload({ ...this.#own!, authorities: this.#bundle() });
    this.push({ message: { case: "trust", value: { authorities: this.#bundle() } } });
  }

  push(message: ControlMessageInit): void {
    for (const stream of this.#streams) stream.push(message);
  }

  /** All bytes that control knows of, of one instance. */
  bytes(instanceId: string): bigint {
    let bytes = 0n;
    for (const [key, value] of this.readings) if (key.startsWith(`${instanceId} `)) bytes += value;
    return bytes;
  }

  /** Returns as soon as it holds; looked at whenever something arrives. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      await new Promise<void>((resolve) => {
        this.#waiting.add(resolve);
        setTimeout(resolve, 50); // what happens at the agent's side only is not heard of here
      });
    }
  }

  #called(name: string): void {
    this.calls.push(name);
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }

  #bundle(): string {
    return this.authorities.map(({ certificate }) => certificate).join("\n");
  }

  async #certify(request: Uint8Array) {
    const { certificate } = await issue(this.authorities[0]!, request, { nodeId: "node_1", now: this.now() });
    return { certificate, authorities: this.#bundle() };
  }

  #requireWelcome(): void {
    if (this.isRevoked) throw new Refusal("forbidden", "fleet.revoked", "this node's key was revoked");
  }

  #tell(instances: Instance[], removed: string[]): void {
    this.revision++;
    const change = { revision: this.revision, whole: false, instances, removed, digest: this.#digest() };
    if (!this.isDeaf) this.push({ message: { case: "desired", value: change } });
  }

  #whole(): ControlMessageInit {
    const instances = [...this.instances.values()];
    const value = { revision: this.revision, whole: true, instances, removed: [], digest: this.#digest() };
    return { message: { case: "desired", value } };
  }

  #digest(): string {
    return digest(this.instances.values());
  }

  async *#sync(messages: AsyncIterable<AgentMessage>, { peer }: NodeCaller): AsyncGenerator<ControlMessageInit> {
    this.#called("sync");
    this.#requireWelcome();
    this.peers.push(peer);
    const stream = new Mailbox<ControlMessageInit>();
    const taken = this.#takeAll(messages, stream);
    try {
      yield* stream;
    } finally {
      this.#streams.delete(stream);
      this.#wake();
      await taken;
    }
  }

  async #takeAll(messages: AsyncIterable<AgentMessage>, stream: Mailbox<ControlMessageInit>): Promise<void> {
    try {
      for await (const { message } of messages) {
        this.#take(message, stream);
        this.#wake();
      }
    } catch {
      // The connection broke; the agent comes back.
    }
    stream.close();
  }

  #take(message: AgentMessage["message"], stream: Mailbox<ControlMessageInit>): void {
    if (message.case === "hello") this.#greet(message.value, stream);
    if (message.case === "heartbeat") {
      this.heartbeats.push(message.value);
      stream.push({ message: { case: "heartbeatTaken", value: { sequence: message.value.sequence } } });
      if (message.value.digest !== this.#digest()) stream.push(this.#whole());
    }
    if (message.case === "knocks") this.knocks.push(...message.value.knocks.map(({ key }) => key));
    if (message.case === "phases") {
      for (const { instanceId, generation, phase, reason } of message.value.phases) {
        this.phases.set(instanceId, `${generation} ${phase} ${reason}`.trim());
      }
    }
    if (message.case === "operationResult") this.#keepAnswer(message.value, stream);
    if (message.case === "readings") this.#keep(message.value, stream);
  }

  #keepAnswer({ id, outcome, code, result }: OperationResult, stream: Mailbox<ControlMessageInit>): void {
    this.answers.push([id, outcome, code].filter(Boolean).join(" "));
    if (result) this.results.set(id, JSON.parse(result));
    stream.push({ message: { case: "operationsAccepted", value: { ids: [id] } } });
  }

  #keep({ sequence, readings }: Readings, stream: Mailbox<ControlMessageInit>): void {
    for (const { instanceId, generation, run, subject, meter, value } of readings) {
      const key = [instanceId, generation, run, subject, meter].join(" ");
      if (value > (this.readings.get(key) ?? 0n)) this.readings.set(key, value);
    }
    stream.push({ message: { case: "readingsAccepted", value: { sequence } } });
  }

  #greet(hello: Hello, stream: Mailbox<ControlMessageInit>): void {
    this.hellos.push(hello);
    stream.push({ message: { case: "welcome", value: { nowMs: BigInt(this.now().getTime()), heartbeatSeconds: 1 } } });
    if (hello.digest !== this.#digest()) stream.push(this.#whole());
    this.#streams.add(stream);
  }
}

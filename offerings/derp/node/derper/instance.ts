import { Refusal, secondMs, sleep } from "@berth/kit";
import type { ContainerDetails, ContainerPlan, Engine } from "@berth/node/docker";
import { specHash } from "@berth/node/docker";
import type { Allowance, Assignment, Reading } from "@berth/offering";
import type { DerpSpec } from "../../spec.ts";
import { type Book, type Books, bytesOf, newBook, toReadings, turnTo } from "./book.ts";
import type { Door } from "./door.ts";
import { LiveDerper } from "./live-derper.ts";
import { secretsOf } from "./plan.ts";

/** What an instance needs of its driver. */
export interface Surroundings {
  readonly engine: Engine;
  readonly books: Books;
  onReadings(readings: readonly Reading[]): void;
  onKnock(instanceId: string, key: string, address: string): void;
}

/** How long a derper that was started may take until it answers. */
const startMs = 8 * secondMs;

/** One instance in a container of its own. Its calls that change something run one after another. */
export class Instance {
  readonly id: string;
  readonly #around: Surroundings;
  #book: Book;
  #keys: ReadonlySet<string> = new Set();
  #allowance: Allowance = {};
  #derper: { readonly live: LiveDerper; readonly run: string } | undefined;
  /** Takes the door's question away again. */
  #leaveDoor: () => void = () => {};
  #last: Promise<unknown> = Promise.resolve();
  #isBusy = false;
  /** Whether this agent was told how it should be, and not only found it. */
  #isKnown = false;

  constructor(id: string, around: Surroundings, book: Book) {
    this.id = id;
    this.#around = around;
    this.#book = book;
  }

  get generation(): number {
    return this.#book.generation;
  }

  get isBusy(): boolean {
    return this.#isBusy;
  }

  get isKnown(): boolean {
    return this.#isKnown;
  }

  /** Whether its derper answers. */
  get isServing(): boolean {
    return this.#derper?.live.isConnected === true;
  }

  /** Whether its allowance is used up, so that nobody is served. */
  get isSpent(): boolean {
    const { ceilingBytes, until } = this.#allowance;
    return (
      (ceilingBytes !== undefined && bytesOf(this.#book) >= ceilingBytes) ||
      (until?.getTime() ?? Infinity) <= Date.now()
    );
  }

  /** Takes effect at once, whatever else goes on. */
  setDevices(devices: DerpSpec["devices"]): void {
    this.#keys = new Set(devices.map(({ key }) => key));
    this.#derper?.live.enforce();
  }

  async apply({ generation, spec, allowance }: Assignment<DerpSpec>, plan: ContainerPlan, door: Door): Promise<void> {
    await this.#inTurn(async () => {
      this.#isKnown = true;
      const running = await this.#findRunning(spec, plan, door);
      this.#book = turnTo(generation, this.#book);
      this.#allowance = allowance;
      if (this.isSpent) return this.#halt();
      const container = running ?? (await this.#around.engine.ensure(plan));
      if (container.run !== this.#book.run) this.#beginRun(container.run);
      await this.#save();
      await this.#attach(container, spec, door);
    });
  }

  /** Reads its counter; stops it when that was all it may do. */
  async look(): Promise<void> {
    const derper = this.#derper;
    if (!derper) return;
    await this.#count().catch(() => {}); // Docker's events tell of one that is gone
    if (this.#derper !== derper || this.#isBusy) return;
    if (this.isSpent) await this.#inTurn(() => this.#halt());
    else await derper.live.connect().catch(() => {});
  }

  /** Its container ended by itself, or is gone. */
  async lose(): Promise<void> {
    await this.#inTurn(async () => {
      const container = await this.#around.engine.find(this.id);
      if (container?.state === "running" && container.run === this.#derper?.run) return; // put right meanwhile
      this.#detach();
      if (container?.state !== "running") await this.#around.engine.remove(this.id);
    });
  }

  async remove(): Promise<void> {
    await this.#inTurn(async () => {
      await this.#retire();
      await this.#around.engine.remove(this.id);
      await this.#around.books.remove(this.id);
    });
  }

  /** Reads its counter anew; a derper that does not answer leaves what was last known. */
  async readings(): Promise<Reading[]> {
    await this.#count().catch(() => {});
    return toReadings(this.id, this.#book);
  }

  /** Lets go of it; it serves on whom it has. */
  close(): void {
    this.#detach();
  }

  /** The container if it runs as planned, with its counter read. Any other one that runs says its last word and ends. */
  async #findRunning(spec: DerpSpec, plan: ContainerPlan, door: Door): Promise<ContainerDetails | undefined> {
    const container = await this.#around.engine.find(this.id);
    if (container?.state !== "running") {
      this.#detach();
      return undefined;
    }
    const isAsPlanned = container.specHash === specHash(plan);
    const attached = this.#attach(container, spec, door);
    if (isAsPlanned) await attached;
    else await attached.catch(() => {}); // with another identity it lets nobody look, and its last second is lost
    if (container.run === this.#book.run) await this.#count();
    if (isAsPlanned) return container;
    await this.#retire();
    await this.#around.engine.remove(this.id);
    return undefined;
  }

  /** The ceiling is for what the run counts that was known when control's word came: what that has counted is off it. */
  #beginRun(run: string): void {
    const { ceilingBytes } = this.#allowance;
    if (ceilingBytes !== undefined) {
      this.#allowance = { ...this.#allowance, ceilingBytes: ceilingBytes - bytesOf(this.#book) };
    }
    this.#book = newBook(this.#book.generation, run);
  }

  async #attach({ address, run }: ContainerDetails, spec: DerpSpec, door: Door): Promise<void> {
    const secrets = secretsOf(this.id, spec);
    if (this.#derper?.run !== run) {
      this.#detach();
      const live = new LiveDerper({ address, spec, secrets, isAllowed: (key) => this.#keys.has(key) });
      this.#derper = { live, run };
    }
    await this.#untilAnswers(this.#derper.live);
    this.#leaveDoor();
    door.set(secrets.doorPath, { address, admits: (key, source) => this.#admits(key, source) });
    this.#leaveDoor = () => door.delete(secrets.doorPath);
    this.#derper.live.enforce();
  }

  async #untilAnswers(live: LiveDerper): Promise<void> {
    const untilMs = performance.now() + startMs;
    for (;;) {
      try {
        return await live.connect();
      } catch (error) {
        const container = await this.#around.engine.find(this.id);
        if (container?.state === "running" && performance.now() < untilMs) await sleep(50);
        else throw await this.#toRefusal(container, error);
      }
    }
  }

  async #toRefusal(container: ContainerDetails | undefined, cause: unknown): Promise<Refusal> {
    const said = container ? await this.#around.engine.lastWords(this.id).catch(() => "") : "";
    const what = container?.state === "running" ? `derper does not answer (${cause})` : "derper ended";
    return new Refusal("unavailable", "derper.driver_failed", `${what}: ${said}`);
  }

  #admits(key: string, source: string): boolean {
    if (this.#keys.has(key)) return !this.isSpent;
    this.#around.onKnock(this.id, key, source);
    return false;
  }

  async #count(): Promise<void> {
    const derper = this.#derper;
    if (!derper || derper.run !== this.#book.run) return;
    const counted = await derper.live.receivedBytes();
    if (derper !== this.#derper || counted <= this.#book.counted) return;
    this.#book = { ...this.#book, counted };
    this.#around.onReadings(toReadings(this.id, this.#book));
  }

  /** Ends the service with its last byte counted. The container stays, so that it is known what it was. */
  async #halt(): Promise<void> {
    await this.#retire();
    await this.#around.engine.stop(this.id);
  }

  async #retire(): Promise<void> {
    this.#leaveDoor();
    if (!this.#derper) return this.#save();
    await this.#derper.live.closeAll();
    const isCounted = await this.#count().then(
      () => true,
      () => false,
    );
    this.#book = { ...this.#book, isOver: isCounted };
    this.#detach();
    await this.#save();
  }

  #detach(): void {
    this.#leaveDoor();
    this.#leaveDoor = () => {};
    this.#derper?.live.close();
    this.#derper = undefined;
  }

  #save(): Promise<void> {
    return this.#around.books.save(this.id, this.#book);
  }

  async #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#last.then(async () => {
      this.#isBusy = true;
      try {
        await work();
      } finally {
        this.#isBusy = false;
      }
    });
    this.#last = turn.catch(() => {});
    await turn;
  }
}

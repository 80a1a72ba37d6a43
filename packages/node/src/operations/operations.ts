import { Refusal, secondMs, sleep } from "@berth/kit";
import type { AgentMessageInit, Operation } from "@berth/link";
import { limitTo } from "../limits.ts";
import type { Log } from "../log.ts";
import type { Journal } from "./journal.ts";
import type { Answer } from "./journal-file.ts";

/** One thing to do, as its handler sees it. */
export interface Task {
  readonly id: string;
  /** "" for one on the node itself. */
  readonly instanceId: string;
  readonly input: unknown;
  /** Aborts when it is cancelled, at its deadline, and when the agent stops. */
  readonly signal: AbortSignal;
  progress(percent: number, note: string): void;
}

/** Does one kind of thing; what it returns goes to control as JSON. A `Refusal` reaches people with its code. */
export type Handler = (task: Task) => Promise<unknown>;

/** Thrown by what the agent's own end brings about: the next one finds it in the journal, and answers (`cutOff`). */
export const endsWithAgent = new Error("the agent has to end first");

export interface OperationsOptions {
  readonly journal: Journal;
  readonly handlers: Readonly<Record<string, Handler>>;
  /** By control's clock. */
  readonly nowMs: () => number;
  readonly log: Log;
}

const atOnce = 8;
/** How long a handler that was told to stop may take before it is left behind. */
const stopMs = 3 * secondMs;
/** An answer and what is around it fit into one message. */
const resultMostBytes = 500 * 1024;
const longestMs = 2 ** 31 - 1;

type Send = (message: AgentMessageInit) => void;
type Cause = "cancelled" | "expired" | "stopping";

/** Does what control asks for, each thing at most once, and tells the outcome until control has it. */
export class Operations {
  readonly #options: OperationsOptions;
  readonly #tasks = new Map<string, AbortController>();
  readonly #limit = limitTo(atOnce);
  readonly #running = new Set<Promise<void>>();
  #send: Send | undefined;

  constructor(options: OperationsOptions) {
    this.#options = options;
  }

  /** A stream that control welcomed: it is told every answer that control may not have. Returns how to leave it. */
  attach(send: Send): () => void {
    this.#send = send;
    for (const [id, answer] of this.#options.journal.unaccepted()) this.#tell(id, answer);
    return () => {
      if (this.#send === send) this.#send = undefined;
    };
  }

  take(operations: readonly Operation[]): void {
    for (const operation of operations) this.#takeOne(operation);
  }

  async accepted(ids: readonly string[]): Promise<void> {
    for (const id of ids) await this.#options.journal.accept(id).catch((error) => this.#unwritten(id, error));
  }

  /** Tells everything that runs to stop, and waits a little. */
  async close(): Promise<void> {
    for (const task of this.#tasks.values()) task.abort("stopping" satisfies Cause);
    await Promise.race([Promise.all(this.#running), sleep(secondMs)]);
    await this.#options.journal.close();
  }

  #takeOne(operation: Operation): void {
    const { id, cancelled } = operation;
    const task = this.#tasks.get(id);
    if (task) {
      if (cancelled) task.abort("cancelled" satisfies Cause);
      return;
    }
    const known = this.#options.journal.find(id);
    if (known?.answer) this.#tell(id, known.answer);
    if (known) return;
    const made = new AbortController();
    this.#tasks.set(id, made);
    if (cancelled) made.abort("cancelled" satisfies Cause);
    const work = this.#limit(() => this.#work(operation, made)).catch((error) => this.#unwritten(id, error));
    const running = work.finally(() => {
      this.#tasks.delete(id);
      this.#running.delete(running);
    });
    this.#running.add(running);
  }

  async #work(operation: Operation, task: AbortController): Promise<void> {
    const deadlineMs = Number(operation.deadlineMs);
    const answer = await this.#perform(operation, task);
    if (!answer) return;
    await this.#options.journal
      .end(operation.id, deadlineMs, answer)
      .catch((error) => this.#unwritten(operation.id, error));
    this.#tell(operation.id, answer);
  }

  /** No answer: it was not begun, and control may ask again; or the agent has to end for there to be one. */
  async #perform(operation: Operation, task: AbortController): Promise<Answer | undefined> {
    const { journal, handlers, nowMs } = this.#options;
    const leftMs = Number(operation.deadlineMs) - nowMs();
    if (leftMs <= 0) task.abort("expired" satisfies Cause);
    const handler = Object.hasOwn(handlers, operation.kind) ? handlers[operation.kind] : undefined;
    if (task.signal.aborted) return unbegun(task.signal.reason);
    if (!handler) return failed("operations.unknown_kind", `this agent does not know ${operation.kind}`);
    await journal.begin(operation.id, Number(operation.deadlineMs), operation.kind);
    const timer = setTimeout(() => task.abort("expired" satisfies Cause), Math.min(leftMs, longestMs)).unref();
    try {
      return await this.#call(handler, operation, task.signal);
    } catch (error) {
      if (error === endsWithAgent) return undefined;
      return failure(error, task.signal);
    } finally {
      clearTimeout(timer);
    }
  }

  async #call(handler: Handler, { id, instanceId, input }: Operation, signal: AbortSignal): Promise<Answer> {
    signal.throwIfAborted(); // cancelled while it was written down
    const progress = (percent: number, note: string) =>
      this.#send?.({ message: { case: "operationProgress", value: { id, percent: Math.round(percent), note } } });
    progress(0, "");
    const stopped = Promise.withResolvers<never>();
    const onAbort = () => setTimeout(() => stopped.reject(new Error("it does not stop")), stopMs).unref();
    signal.addEventListener("abort", onAbort, { once: true });
    const work = handler({ id, instanceId, input: JSON.parse(input || "{}"), signal, progress });
    const result = JSON.stringify((await Promise.race([work, stopped.promise])) ?? null);
    if (Buffer.byteLength(result) > resultMostBytes) return failed("operations.too_large", "the result is too large");
    return { outcome: "done", result, code: "", detail: "" };
  }

  #tell(id: string, answer: Answer): void {
    this.#send?.({ message: { case: "operationResult", value: { id, ...answer } } });
  }

  #unwritten(id: string, error: unknown): void {
    this.#options.log.error({ operationId: id, error: String(error) }, "operation could not be written down");
  }
}

function unbegun(cause: Cause): Answer | undefined {
  return cause === "stopping" ? undefined : { outcome: cause, result: "", code: "", detail: "" };
}

/** Why it has no result: it was told to stop, or it broke. */
function failure(error: unknown, { aborted, reason }: AbortSignal): Answer {
  if (aborted && reason === "cancelled") return { outcome: "cancelled", result: "", code: "", detail: "" };
  if (aborted && reason === "expired") return failed("operations.too_slow", "it did not end before its deadline");
  if (aborted) return failed("operations.agent_stopped", "the agent was stopped meanwhile; it is not done again");
  if (error instanceof Refusal) return failed(error.code, error.message);
  return failed("operations.failed", error instanceof Error ? error.message : String(error));
}

function failed(code: string, detail: string): Answer {
  return { outcome: "failed", result: "", code, detail: detail.slice(0, 500) };
}

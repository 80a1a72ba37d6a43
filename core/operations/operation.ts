import { type operations as api, operations, type ReplyOf } from "@berth/api";
import { minuteMs, Refusal, secondMs } from "@berth/kit";
import type { Row } from "../platform/rows.ts";

export type Operation = ReplyOf<typeof api.getOperation>;
export type OperationSummary = ReplyOf<typeof api.listOperations>["items"][number];
export type Kind = OperationSummary["kind"];
export type OperationRow = Row<"operations">;
export type ItemRow = Row<"operation_items">;

/*
 *   waiting ──handed to the node's stream──► sent ──begun──► running
 *      │                                      └───────┬────────┘
 *      ├── cancelled, at once                         ├── done, failed, cancelled: the agent's answer
 *      └── expired, at the deadline                   └── expired, a grace after the deadline
 */
export const openStates = ["waiting", "sent", "running"] as const;
export const failedStates = ["failed", "expired"] as const;

interface KindRules {
  readonly target: "node" | "instance";
  readonly deadlineMs: number;
}

export const kinds: Readonly<Record<Kind, KindRules>> = {
  "node.probe": { target: "node", deadlineMs: minuteMs },
  "relay.restart": { target: "node", deadlineMs: 2 * minuteMs },
  "agent.restart": { target: "node", deadlineMs: 2 * minuteMs },
  "logs.tail": { target: "node", deadlineMs: minuteMs },
  "instance.status": { target: "instance", deadlineMs: minuteMs },
  "instance.restart": { target: "instance", deadlineMs: 5 * minuteMs },
  "instance.logs": { target: "instance", deadlineMs: minuteMs },
};

const withLogs: readonly Kind[] = ["logs.tail", "instance.logs"];

/** For how long after a deadline an answer may still be on its way: the agent stops by itself at the deadline. */
export const answerGraceMs = 30 * secondMs;

/** What one answer may hold; the rest of a message has room beside it. */
export const resultMostBytes = 512 * 1024;

interface Asked {
  readonly kind: Kind;
  readonly nodeIds?: readonly string[];
  readonly instanceIds?: readonly string[];
  readonly logs?: object;
}

/** The targets, each once, of the sort that the kind is about; and what the agent is told beside them. */
export function readRequest(asked: Asked): { targets: string[]; input: Record<string, unknown> } {
  const { target } = kinds[asked.kind];
  const [given, other] = target === "node" ? [asked.nodeIds, asked.instanceIds] : [asked.instanceIds, asked.nodeIds];
  if (!given || given.length === 0 || other) {
    throw new Refusal("invalid", "operations.wrong_targets", `${asked.kind} is about ${target}s, at least one`);
  }
  const hasLogs = withLogs.includes(asked.kind);
  if (asked.logs && !hasLogs) {
    throw new Refusal("invalid", "operations.wrong_options", `${asked.kind} has nothing to do with logs`);
  }
  const input = hasLogs ? operations.logOptions.parse(asked.logs ?? {}) : {};
  return { targets: [...new Set(given)], input };
}

const outcomes = ["done", "failed", "cancelled", "expired"] as const;
type Outcome = (typeof outcomes)[number];

export interface Answer {
  readonly state: Outcome;
  readonly result: string | null;
  readonly problem_code: string | null;
  readonly problem_detail: string | null;
}

interface Said {
  readonly outcome: string;
  readonly result: string;
  readonly code: string;
  readonly detail: string;
}

/** An agent's answer as it is kept. One that is no answer counts as a failure: the item must not stay open. */
export function readAnswer({ outcome, result, code, detail }: Said): Answer {
  const state = outcomes.find((known) => known === outcome);
  const nothing = { result: null, problem_code: null, problem_detail: null };
  if (state === "cancelled" || state === "expired") return { ...nothing, state };
  if (state === "done" && isJson(result)) return { ...nothing, state, result };
  if (state === "failed") {
    return {
      state,
      result: null,
      problem_code: code.slice(0, 100) || "operations.failed",
      problem_detail: clean(detail),
    };
  }
  return { state: "failed", result: null, problem_code: "operations.bad_answer", problem_detail: "the answer is none" };
}

/** One line that the database can hold. */
export function clean(text: string): string {
  return text.replaceAll("\0", "").slice(0, 500);
}

function isJson(text: string): boolean {
  if (Buffer.byteLength(text) > resultMostBytes) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

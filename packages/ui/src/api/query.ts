import { ApiError, type CallOf, live, type Problem, type ReplyOf, type Route, takesKey } from "@berth/api";
import { keepPreviousData, QueryCache, QueryClient, useMutation, useQuery } from "@tanstack/react-query";
import { useRef } from "react";
import { useLive } from "../live/use-live.ts";
import { call, isAway, toProblem } from "./client.ts";

let leave = () => {};

/** Who leads away from a page whose reader is not signed in any more. */
export function onSignedOut(listener: () => void): void {
  leave = listener;
}

export const queries = new QueryClient({
  queryCache: new QueryCache({
    onError: (error) => {
      if (error instanceof ApiError && error.problem.status === 401) leave();
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (count, error) => count < 2 && error instanceof ApiError && isAway(error.problem),
      refetchOnWindowFocus: true,
      networkMode: "always",
    },
    mutations: { networkMode: "always" },
  },
});

/** What is heard of under another name than its address. */
const topics: Readonly<Record<string, live.Topic>> = {
  "serial-batches": "serials",
  devices: "leases",
  redemptions: "leases",
  derp: "leases",
  "configuration-log": "leases",
};

/** What an address is about: live changes of that make it be asked again. */
export function topicOf(path: string): string {
  const first = path.split("/")[1] ?? "";
  return topics[first] ?? first;
}

export function keyOf(route: Pick<Route, "path">, input: object): readonly [string, string, object] {
  return [topicOf(route.path), route.path, input];
}

export interface Asked<Reply> {
  readonly data: Reply | undefined;
  /** When `data` was true. */
  readonly at: Date | undefined;
  readonly problem: Problem | undefined;
  readonly isLoading: boolean;
  /** `data` is an answer to what was asked before. */
  readonly isFormer: boolean;
  again(): void;
}

interface AskOptions {
  readonly enabled?: boolean;
  /** Goes on showing the answer before while the next one is on its way. */
  readonly keep?: boolean;
  /** Asked again so often; what has a topic is heard of by itself. */
  readonly everyMs?: number;
}

/** Asks control, and again when it says that something changed. */
export function useCall<R extends Route>(route: R, input: CallOf<R>, options: AskOptions = {}): Asked<ReplyOf<R>> {
  const { enabled = true, keep = false, everyMs } = options;
  const query = useQuery({
    queryKey: keyOf(route, input),
    queryFn: () => call(route, input),
    enabled,
    ...(keep ? { placeholderData: keepPreviousData } : {}),
    ...(everyMs === undefined ? {} : { refetchInterval: everyMs }),
  });
  const topic = topicOf(route.path);
  useLive(enabled && (live.topics as readonly string[]).includes(topic) ? (topic as live.Topic) : undefined);
  return {
    data: query.data as ReplyOf<R> | undefined,
    at: query.dataUpdatedAt ? new Date(query.dataUpdatedAt) : undefined,
    problem: query.error ? toProblem(query.error) : undefined,
    isLoading: query.isPending && enabled,
    isFormer: query.isPlaceholderData,
    again: () => void query.refetch(),
  };
}

/** Asks for these topics again: what the page shows of them may have changed. */
export async function refresh(...touched: readonly string[]): Promise<void> {
  await queries.invalidateQueries({ predicate: ({ queryKey }) => touched.includes(String(queryKey[0])) });
}

interface ActOptions<R> {
  /** What else it changes, besides its own topic. */
  readonly touches?: readonly live.Topic[];
  readonly onDone?: (reply: ReplyOf<R>) => void;
}

export interface Act<R extends Route> {
  /** Settles with nothing when it was refused: `problem` says why. */
  act(input: CallOf<R>): Promise<ReplyOf<R> | undefined>;
  readonly isActing: boolean;
  readonly problem: Problem | undefined;
  forget(): void;
}

/** Does something. Tried again after no answer came, it is the same request: control does it once. */
export function useAct<R extends Route>(route: R, { touches = [], onDone }: ActOptions<R> = {}): Act<R> {
  const attempt = useRef({ input: "", key: "" });
  const mutation = useMutation({
    mutationFn: (input: CallOf<R>) => call(route, input, takesKey(route) ? keyFor(attempt.current, input) : undefined),
    onSuccess: async (reply) => {
      attempt.current = { input: "", key: "" };
      onDone?.(reply);
      await refresh(topicOf(route.path), ...touches);
    },
    onError: (error) => {
      if (error instanceof ApiError && !isAway(error.problem)) attempt.current = { input: "", key: "" };
    },
  });
  return {
    act: (input) => mutation.mutateAsync(input).catch(() => undefined),
    isActing: mutation.isPending,
    problem: mutation.error ? toProblem(mutation.error) : undefined,
    forget: mutation.reset,
  };
}

function keyFor(attempt: { input: string; key: string }, input: object): string {
  const text = JSON.stringify(input);
  if (attempt.input !== text) Object.assign(attempt, { input: text, key: crypto.randomUUID() });
  return attempt.key;
}

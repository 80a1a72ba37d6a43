import type { CallOf, Route } from "@berth/api";
import { useEffect, useReducer, useRef, useState } from "react";
import { type Asked, useCall } from "../api/query.ts";
import { useQuery } from "../frame/links.tsx";
import { isFiltered, type ListQuery, readListQuery, toFilter, toInput } from "./list-query.ts";
import { settle } from "./settle.ts";
import type { ListProps, RowOf } from "./types.ts";

interface Page<Row> {
  readonly items: readonly Row[];
  readonly next: string | null;
  readonly previous?: string | null;
}

export interface ListState<Row> {
  readonly query: ListQuery;
  readonly isFiltered: boolean;
  /** Which rows these are, whatever their state. */
  readonly filter: Readonly<Record<string, unknown>>;
  readonly asked: Asked<unknown>;
  readonly rows: readonly Row[];
  /** Not shown yet, because the reader has a hand on the list. */
  readonly changes: number;
  apply(): void;
  hold(isHeld: boolean): void;
  readonly next: string | null;
  readonly previous: string | null;
  readonly counts: Readonly<Record<string, number>> | undefined;
  /** Changes what stands in the address; what narrows the list goes back to its first page. */
  change(patch: Readonly<Record<string, string | undefined>>): void;
  turn(patch: { readonly after?: string; readonly before?: string }): void;
}

export function useList<R extends Route>(props: ListProps<R>, isSelecting: boolean): ListState<RowOf<R>> {
  const [address, changeAddress] = useQuery();
  const query = readListQuery(address, props.filters?.map(({ name }) => name) ?? []);
  const input = { ...toInput(query), ...props.fixed };
  const asked = useCall(props.route, input as CallOf<R>, { keep: true });
  const filter = { ...toFilter(query), ...props.fixed };
  const counted = useCall(props.counts ?? (props.route as Route), filter, {
    keep: true,
    enabled: props.counts !== undefined,
  });
  const page = asked.data as Page<RowOf<R>> | undefined;
  const [isHeld, hold] = useState(false);
  const settled = useSettled(page?.items ?? [], props.keyOf, {
    isHeld: isHeld || isSelecting,
    of: JSON.stringify(input),
  });
  return {
    query,
    isFiltered: isFiltered(query),
    filter,
    asked,
    ...settled,
    hold,
    next: page?.next ?? null,
    previous: page?.previous ?? null,
    counts: (counted.data as { states?: Record<string, number> } | undefined)?.states,
    change: (patch) => changeAddress({ after: undefined, before: undefined, ...patch }),
    turn: (patch) => changeAddress({ after: undefined, before: undefined, ...patch }),
  };
}

interface Holding {
  readonly isHeld: boolean;
  /** Which question the rows answer: another one's are shown as they come. */
  readonly of: string;
}

function useSettled<Row>(fetched: readonly Row[], keyOf: (row: Row) => string, { isHeld, of }: Holding) {
  const kept = useRef<{ of: string; rows: readonly Row[] }>({ of: "", rows: [] });
  const [, showAgain] = useReducer((count: number) => count + 1, 0);
  const settled = settle(kept.current.of === of ? kept.current.rows : [], fetched, keyOf, isHeld);
  useEffect(() => {
    kept.current = { of, rows: settled.rows };
  });
  const apply = () => {
    kept.current = { of: "", rows: [] };
    showAgain();
  };
  return { ...settled, apply };
}

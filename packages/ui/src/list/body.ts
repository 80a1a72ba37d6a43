import type { Route } from "@berth/api";
import type { ListProps, RowOf } from "./types.ts";
import type { useColumns } from "./use-columns.ts";
import type { ListState } from "./use-list.ts";

/** What rows are shown from, as a table and as cards. */
export interface BodyProps<R extends Route> {
  readonly props: ListProps<R>;
  readonly list: ListState<RowOf<R>>;
  readonly columns: ReturnType<typeof useColumns<RowOf<R>>>["columns"];
  readonly selected: ReadonlySet<string>;
  readonly onSelect: (selected: ReadonlySet<string>) => void;
}

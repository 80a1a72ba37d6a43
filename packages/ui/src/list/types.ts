import type { Permission, ReplyOf, Route } from "@berth/api";
import type { ReactNode } from "react";
import type { Choice } from "../frame/menu.tsx";
import type { Tone } from "../states/tones.ts";
import type { Arrangeable } from "./arrangement.ts";

export type RowOf<R> = ReplyOf<R> extends { readonly items: readonly (infer Row)[] } ? Row : never;

export interface Column<Row> extends Arrangeable {
  readonly title: string;
  readonly cell: (row: Row) => ReactNode;
  /** What the route calls this order. */
  readonly sort?: string;
  /** Digits stand under one another. */
  readonly isFigure?: boolean;
}

export interface StateTab {
  readonly value: string;
  readonly label: string;
  readonly tone?: Tone;
}

export interface FilterField {
  readonly name: string;
  readonly label: string;
  /** Absent: any text. `date` asks for a day, from its first moment. */
  readonly kind?: "choice" | "date";
  readonly options?: readonly { readonly value: string; readonly label: string }[];
}

export interface View {
  readonly name: string;
  /** As in the address: `state=offline&sort=-load`. */
  readonly query: string;
}

/** What somebody marked: rows of this page, or everything that fits the filter. */
export interface Selection<Row> {
  readonly rows: readonly Row[];
  readonly isAll: boolean;
  readonly filter: Readonly<Record<string, unknown>>;
}

export interface BulkAction<Row> {
  readonly key: string;
  readonly label: string;
  readonly permission?: Permission;
  readonly isDanger?: boolean;
  readonly run: (selection: Selection<Row>) => void;
}

export interface ListProps<R extends Route> {
  /** Under which columns and views are kept. */
  readonly name: string;
  readonly title: string;
  readonly route: R;
  /** How many rows each state has. */
  readonly counts?: Route;
  /** What is always asked, as of whose rows these are. */
  readonly fixed?: Readonly<Record<string, unknown>>;
  readonly columns: readonly Column<RowOf<R>>[];
  readonly keyOf: (row: RowOf<R>) => string;
  readonly nameOf: (row: RowOf<R>) => string;
  /** Where a row opens. */
  readonly hrefOf?: (row: RowOf<R>) => string;
  readonly states?: readonly StateTab[];
  /** What the search field looks for; without it there is none. */
  readonly search?: string;
  readonly filters?: readonly FilterField[];
  readonly views?: readonly View[];
  readonly actions?: (row: RowOf<R>) => readonly Choice[];
  readonly bulk?: readonly BulkAction<RowOf<R>>[];
  readonly empty: ReactNode;
}

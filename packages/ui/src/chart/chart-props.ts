import type { Line } from "./points.ts";

export interface Gap {
  readonly from: number;
  readonly to: number;
  readonly why: string;
}

export interface ChartProps {
  readonly title: string;
  readonly lines: readonly Line[];
  /** A value with its unit: the same on the axis, in the tooltip and in the table. */
  readonly say: (value: number) => string;
  /** Dashed, with what they are. */
  readonly thresholds?: readonly { readonly value: number; readonly label: string }[];
  /** What happened: marks on the time axis. */
  readonly marks?: readonly { readonly at: number; readonly label: string }[];
  /** Why nothing was measured for a while. */
  readonly gapWhy?: string;
  /** Where nothing was measured and why each time, when whoever measures knows; else it is where the first line is broken. */
  readonly gaps?: readonly Gap[];
  readonly onZoom?: (from: number, to: number) => void;
}

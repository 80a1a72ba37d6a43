import type { Line } from "./points.ts";

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
  readonly onZoom?: (from: number, to: number) => void;
}

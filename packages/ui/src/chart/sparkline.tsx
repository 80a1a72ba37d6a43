import type { ReactNode } from "react";
import { type Point, scaleOf } from "./points.ts";
import "./chart.css";

const width = 120;
const height = 28;

/** A line without an axis beside the figure that says what it is. Costs no library. */
export function Sparkline({ points, label }: { readonly points: readonly Point[]; readonly label: string }): ReactNode {
  const [first, last] = [points[0]?.[0] ?? 0, points.at(-1)?.[0] ?? 1];
  const { top } = scaleOf(Math.max(0, ...points.map(([, value]) => value ?? 0)));
  const x = (at: number) => ((at - first) / Math.max(1, last - first)) * width;
  const y = (value: number) => height - 1 - (value / top) * (height - 2);
  return (
    <svg
      className="sparkline"
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <path d={pathOf(points, x, y)} />
    </svg>
  );
}

/** A gap lifts the pen. */
function pathOf(points: readonly Point[], x: (at: number) => number, y: (value: number) => number): string {
  let isDown = false;
  return points
    .map(([at, value]) => {
      if (value === null) {
        isDown = false;
        return "";
      }
      const move = `${isDown ? "L" : "M"}${x(at).toFixed(1)} ${y(value).toFixed(1)}`;
      isDown = true;
      return move;
    })
    .join("");
}

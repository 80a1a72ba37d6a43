import { Button } from "antd";
import { lazy, type ReactNode, Suspense, useState } from "react";
import { Empty, Skeleton } from "../feedback/feedback.tsx";
import { toMoment } from "../time/format.ts";
import { useUi } from "../words/ui-words.ts";
import type { ChartProps } from "./chart-props.ts";
import { summaryOf, topLines } from "./points.ts";
import "./chart.css";

const Canvas = lazy(() => import("./canvas.tsx"));

/** Lines over time, with what they say in words, and as a table for whoever prefers that. */
export function Chart(props: ChartProps): ReactNode {
  const ui = useUi();
  const [isTable, setTable] = useState(false);
  const lines = topLines(props.lines, ui("chart.other"));
  const summaries = lines.map((line) => ({ line, summary: summaryOf(line) }));
  if (summaries.every(({ summary }) => summary === undefined)) return <Empty title={ui("chart.empty")} />;
  const said = summaries.flatMap(({ line: { name }, summary }) =>
    summary
      ? [
          ui("chart.summary", {
            name,
            last: props.say(summary.last),
            high: props.say(summary.high),
            low: props.say(summary.low),
          }),
        ]
      : [],
  );
  return (
    <figure className="chart">
      <figcaption className="chart-head">
        <span className="quiet">{said.join(" · ")}</span>
        <Button size="small" onClick={() => setTable(!isTable)}>
          {ui(isTable ? "chart.chart" : "chart.table")}
        </Button>
      </figcaption>
      {isTable ? (
        <AsTable title={props.title} lines={lines} say={props.say} />
      ) : (
        <Suspense fallback={<Skeleton lines={6} />}>
          <Canvas {...props} lines={lines} summary={`${props.title}: ${said.join("; ")}`} />
        </Suspense>
      )}
    </figure>
  );
}

function AsTable({ title, lines, say }: Pick<ChartProps, "title" | "lines" | "say">): ReactNode {
  const ui = useUi();
  const times = [...new Set(lines.flatMap(({ points }) => points.map(([at]) => at)))].sort((a, b) => b - a);
  const values = lines.map(({ points }) => new Map(points));
  return (
    <section className="chart-table" aria-label={title}>
      <table>
        <thead>
          <tr>
            <th scope="col">{ui("chart.at")}</th>
            {lines.map(({ name }) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {times.map((at) => (
            <tr key={at}>
              <th scope="row">{toMoment(new Date(at))}</th>
              {values.map((of, index) => {
                const value = of.get(at);
                return <td key={lines[index]?.name}>{value === null || value === undefined ? "–" : say(value)}</td>;
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

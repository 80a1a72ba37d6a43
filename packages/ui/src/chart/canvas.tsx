import { LineChart } from "echarts/charts";
import {
  DataZoomComponent,
  GridComponent,
  LegendComponent,
  MarkAreaComponent,
  MarkLineComponent,
  TooltipComponent,
} from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { type ReactNode, useEffect, useRef } from "react";
import { useLook } from "../theme/mode.ts";
import type { ChartProps } from "./chart-props.ts";
import { hatchOf } from "./hatch.ts";
import { toOption } from "./option.ts";

use([
  LineChart,
  GridComponent,
  TooltipComponent,
  LegendComponent,
  MarkLineComponent,
  MarkAreaComponent,
  DataZoomComponent,
  CanvasRenderer,
]);

interface CanvasProps extends ChartProps {
  /** What a reader who sees no picture is told. */
  readonly summary: string;
}

type Instance = ReturnType<typeof init>;

/** Fetched when a chart is shown for the first time: half of what a page weighs. */
export default function Canvas({ summary, ...props }: CanvasProps): ReactNode {
  const look = useLook();
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<Instance>(undefined);
  const { onZoom } = props;
  useEffect(() => {
    if (!box.current) return;
    const made = init(box.current, null, { renderer: "canvas" });
    chart.current = made;
    const watch = new ResizeObserver(() => made.resize());
    watch.observe(box.current);
    return () => {
      watch.disconnect();
      made.dispose();
    };
  }, []);
  useEffect(() => {
    chart.current?.setOption(toOption(props, look, hatchOf(look)), { notMerge: true });
  });
  useEffect(() => {
    const made = chart.current;
    if (!made || !onZoom) return;
    const zoomed = () => {
      const [zoom] = (made.getOption() as { dataZoom: { startValue: number; endValue: number }[] }).dataZoom;
      if (zoom) onZoom(zoom.startValue, zoom.endValue);
    };
    made.on("datazoom", zoomed);
    return () => void made.off("datazoom", zoomed);
  }, [onZoom]);
  return <div ref={box} className="chart-canvas" role="img" aria-label={summary} />;
}
